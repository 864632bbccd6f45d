#include "report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "rules.hpp"

namespace plntry::test {
namespace {

enum class Outcome : std::uint8_t { pass, fail, departs, not_run };
constexpr std::array kNames{"pass", "fail", "departs", "not run"};

// "Each/EveryRequest" and "rule/Refresh" are the rule `EveryRequest.rule`, of Refresh.
struct Name {
  std::string suite;
  std::string rule;
  std::string of;
};

Name name_of(const ::testing::TestInfo& info) {
  Name name{info.test_suite_name(), info.name(), ""};
  if (const auto slash = name.suite.find('/'); slash != std::string::npos) name.suite.erase(0, slash + 1);
  if (const auto slash = name.rule.find('/'); slash != std::string::npos) {
    name.of = name.rule.substr(slash + 1);
    name.rule.resize(slash);
  }
  return name;
}

std::string first_message(const ::testing::TestResult& result) {
  for (int i = 0; i < result.total_part_count(); ++i) {
    const auto& part = result.GetTestPartResult(i);
    if (part.failed() || part.skipped()) return part.message();
  }
  return "";
}

std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (c == '\n') {
      json += "\\n";
    } else {
      json += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return json + '"';
}

class Report final : public ::testing::EmptyTestEventListener {
 public:
  explicit Report(ReportFormat format) : format_(format) {}

  void OnTestEnd(const ::testing::TestInfo& info) override {
    const Name name = name_of(info);
    const auto rule = std::ranges::find_if(
        rules(), [&](const Rule& each) { return each.suite == name.suite && each.name == name.rule; });
    if (rule == rules().end()) return;
    const auto& result = *info.result();
    const std::string why = first_message(result);
    const Outcome outcome = result.Passed()                       ? Outcome::pass
                            : !result.Skipped()                   ? Outcome::fail
                            : why.find("on purpose:") != why.npos ? Outcome::departs
                                                                  : Outcome::not_run;
    count_[static_cast<std::size_t>(outcome)] += 1;
    std::string words = name.rule;
    std::ranges::replace(words, '_', ' ');
    if (format_ == ReportFormat::json) {
      std::printf(
          "%s\n  {\"suite\": %s, \"rule\": %s, \"of\": %s, \"section\": %s, \"level\": %s, \"outcome\": %s, \"why\": "
          "%s}",
          is_first_ ? "[" : ",", json_text(name.suite).c_str(), json_text(words).c_str(), json_text(name.of).c_str(),
          json_text(rule->section).c_str(), json_text(rule->level).c_str(),
          json_text(kNames[static_cast<std::size_t>(outcome)]).c_str(), json_text(why).c_str());
      is_first_ = false;
      return;
    }
    std::printf("%-9s%-17.*s%-7.*s%s: %s%s%s\n", kNames[static_cast<std::size_t>(outcome)],
                static_cast<int>(rule->section.size()), rule->section.data(), static_cast<int>(rule->level.size()),
                rule->level.data(), name.suite.c_str(), words.c_str(), name.of.empty() ? "" : " of ", name.of.c_str());
    if (outcome != Outcome::pass) std::printf("          %s\n", why.c_str());
  }
  void OnTestProgramEnd(const ::testing::UnitTest&) override {
    if (format_ == ReportFormat::json) {
      std::printf("%s\n]\n", is_first_ ? "[" : "");
    } else {
      std::printf("%d passed, %d failed, %d departed from on purpose, %d not run\n", count_[0], count_[1], count_[2],
                  count_[3]);
    }
  }

 private:
  ReportFormat format_;
  bool is_first_ = true;
  std::array<int, 4> count_{};  // by outcome
};

}  // namespace

std::unique_ptr<::testing::TestEventListener> make_report(ReportFormat format) {
  return std::make_unique<Report>(format);
}

}  // namespace plntry::test

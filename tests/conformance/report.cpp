#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "rules.hpp"

namespace plntry::test {
namespace {

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
      json += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E ? '?' : c;
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
    const char* outcome = result.Skipped() ? "not run" : result.Passed() ? "pass" : "fail";
    (result.Skipped() ? skipped_ : result.Passed() ? passed_ : failed_) += 1;
    const std::string why = first_message(result);
    std::string words = name.rule;
    std::ranges::replace(words, '_', ' ');
    if (format_ == ReportFormat::json) {
      std::printf(
          "%s\n  {\"suite\": %s, \"rule\": %s, \"of\": %s, \"section\": %s, \"level\": %s, \"outcome\": %s, \"why\": "
          "%s}",
          is_first_ ? "[" : ",", json_text(name.suite).c_str(), json_text(words).c_str(), json_text(name.of).c_str(),
          json_text(rule->section).c_str(), json_text(rule->level).c_str(), json_text(outcome).c_str(),
          json_text(why).c_str());
      is_first_ = false;
      return;
    }
    std::printf("%-8s%-16.*s%-7.*s%s: %s%s%s\n", outcome, static_cast<int>(rule->section.size()), rule->section.data(),
                static_cast<int>(rule->level.size()), rule->level.data(), name.suite.c_str(), words.c_str(),
                name.of.empty() ? "" : " of ", name.of.c_str());
    if (!result.Passed() || result.Skipped()) std::printf("          %s\n", why.c_str());
  }
  void OnTestProgramEnd(const ::testing::UnitTest&) override {
    if (format_ == ReportFormat::json) {
      std::printf("%s\n]\n", is_first_ ? "[" : "");
    } else {
      std::printf("%d passed, %d failed, %d not run\n", passed_, failed_, skipped_);
    }
  }

 private:
  ReportFormat format_;
  bool is_first_ = true;
  int passed_ = 0;
  int failed_ = 0;
  int skipped_ = 0;
};

}  // namespace

std::unique_ptr<::testing::TestEventListener> make_report(ReportFormat format) {
  return std::make_unique<Report>(format);
}

}  // namespace plntry::test

#include "app/doctor_command.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include <boost/json.hpp>

#include "app/doctor_inside.hpp"
#include "app/doctor_outside.hpp"
#include "doctor/judge.hpp"
#include "net/system_random.hpp"

namespace plntry::app {
namespace {

namespace json = boost::json;

constexpr int kJsonVersion = 1;
constexpr std::array<const char*, 4> kGrades{"passed", "advice", "skipped", "failed"};

std::string print_json(const doctor::Findings& findings) {
  json::array checks;
  for (const doctor::Finding& each : findings) {
    const char* grade = kGrades[static_cast<std::size_t>(each.grade)];
    json::object check{{"check", each.check}, {"grade", grade}, {"text", each.text}};
    if (!each.remedy.empty()) check["remedy"] = each.remedy;
    checks.push_back(std::move(check));
  }
  const json::object report{
      {"version", kJsonVersion}, {"ok", doctor::is_well(findings)}, {"checks", std::move(checks)}};
  return json::serialize(report) + '\n';
}

}  // namespace

int examine(const DoctorQuery& query, const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  net::SystemRandom random;
  const doctor::Findings findings = query.url ? doctor::judge(gather_outside(*query.url, config, random))
                                              : doctor::judge(gather_inside(config, random));
  std::fputs((query.json ? print_json(findings) : doctor::print_text(findings)).c_str(), stdout);
  return doctor::is_well(findings) ? 0 : 1;
}

}  // namespace plntry::app

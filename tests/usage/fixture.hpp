// A directory for the length of a test, and records made short.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usage/database.hpp"

namespace plntry::usage {

class Directory {
 public:
  Directory() {
    std::string name = testing::TempDir() + "plntry-usage-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path() const { return path_; }
  std::string file() const { return path_ + '/' + Database::kFileName; }
  // A new directory below, which is not made.
  std::string below() const { return path_ + "/below"; }
  void write_file(const std::string& text) const { std::ofstream(file()) << text; }

 private:
  std::string path_;
};

inline WallTime at(const std::string& day, std::chrono::seconds time = 12h) { return *parse_day(day) + time; }

// One packet of `bytes` each way.
inline Record record(const std::string& user, std::uint64_t bytes, WallTime started,
                     turn::Transport transport = turn::Transport::udp) {
  return {user, transport, started, {1, bytes, 1, bytes}, false};
}

// Runs `body` in a process of its own, under `limit`, and as nobody where this one is root, who may write everywhere.
// Whether it gave true.
template <typename Body>
bool in_child(const std::string& directory, Body body) {
  constexpr uid_t kNobody = 65534;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::chown(directory.c_str(), kNobody, kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(2);
    ::_exit(body() ? 0 : 1);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

inline std::uint64_t bytes_of_days(const std::vector<DayRow>& days) {
  return std::accumulate(days.begin(), days.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const DayRow& row) { return sum + bytes_of(row.traffic.relayed); });
}

inline std::uint64_t bytes_of_calls(const std::vector<Call>& calls) {
  std::uint64_t sum = 0;
  for (const Call& call : calls) {
    for (const Call::Part& part : call.parts) sum += bytes_of(part.relayed);
  }
  return sum;
}

}  // namespace plntry::usage

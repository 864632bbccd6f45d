// Declares options to CLI11, and keeps what is said about them for docs/config.md and its test. Used by the groups in
// option_groups.hpp only.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/options.hpp"
#include "app/values.hpp"
#include "base/prefix.hpp"

namespace plntry::app {

// Takes a text into the config; false when it is not allowed.
using Setter = std::function<bool(const std::string&)>;

class Options {
 public:
  Options(CLI::App& app, std::vector<OptionDescription>& descriptions) : app_(app), descriptions_(descriptions) {}

  void one(const std::string& name, std::string allowed, std::string fallback, std::string help, const Setter& set);

  // May be given several times, or several values at once, separated by commas. The first takes the default's place.
  void many(const std::string& name, std::string allowed, std::string fallback, std::string help,
            const std::function<void()>& clear, const Setter& set);
  // May be given several times, but a comma is part of the value. No error message repeats it: messages go into
  // journals.
  void secret(const std::string& name, std::string allowed, std::string help, const std::function<void()>& clear,
              const Setter& set);

  template <typename Integer>
  void number(const std::string& name, Integer& field, std::uint64_t min, std::uint64_t max, std::string help) {
    one(name, "a whole number from " + std::to_string(min) + " to " + std::to_string(max), std::to_string(field),
        std::move(help), [&field, min, max](const std::string& text) {
          const auto value = parse_number(text);
          if (!value || *value < min || *value > max) return false;
          field = static_cast<Integer>(*value);
          return true;
        });
  }

  void prefixes(const std::string& name, std::vector<Prefix>& field, std::string help);
  void duration(const std::string& name, Duration& field, Duration min, Duration max, std::string help);

  template <typename Enum, std::size_t Size>
  void choice(const std::string& name, Enum& field, const std::array<const char*, Size>& words, std::string help) {
    std::string allowed;
    for (const char* word : words) allowed += (allowed.empty() ? "" : ", ") + std::string{word};
    one(name, "one of " + allowed, words[static_cast<std::size_t>(field)], std::move(help),
        [&field, words](const std::string& text) {
          const auto found = std::ranges::find(words, text);
          if (found != words.end()) field = static_cast<Enum>(found - words.begin());
          return found != words.end();
        });
  }

 private:
  // `shown`: the value as an error may repeat it.
  static void check(const std::string& name, const std::string& value, const std::string& shown,
                    const std::string& allowed, const Setter& set);
  CLI::Option* list(const std::string& name, const std::string& allowed, const std::string& help,
                    const std::function<void()>& clear, const Setter& set, bool is_secret);

  void describe(CLI::Option* option, const std::string& name, std::string allowed, std::string fallback,
                std::string help);

  CLI::App& app_;
  std::vector<OptionDescription>& descriptions_;
};

}  // namespace plntry::app

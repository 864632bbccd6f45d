// Pieces of the doctor's sentences.
#pragma once

#include <string>

#include "doctor/facts.hpp"
#include "doctor/report.hpp"

namespace plntry::doctor {

std::string in_words(Duration duration);  // "3 days", "2 h 5 min", "41 s", "12 ms"
std::string upper(Transport transport);   // "UDP"
std::string in_words(const Failure& failure);

// What is wrong with a certificate in the eyes of a browser that goes to `host`; nothing when all is well. `remedy`
// stands for both files, as the server was given them.
std::optional<Finding> fault_of(const Certificate& certificate, const std::string& host, WallTime now);

}  // namespace plntry::doctor

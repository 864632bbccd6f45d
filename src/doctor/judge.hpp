// From facts to findings: what is wrong, and the one thing that mends it.
#pragma once

#include "doctor/facts.hpp"
#include "doctor/report.hpp"

namespace plntry::doctor {

Findings judge(const Inside& facts);
Findings judge(const Outside& facts);

}  // namespace plntry::doctor

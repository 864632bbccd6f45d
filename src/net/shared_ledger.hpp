// The ledger that the relays of several loops share.
#pragma once

#include <mutex>

#include "turn/ledger.hpp"

namespace plntry::net {

class SharedLedger final : public turn::Ledger {
 public:
  using turn::Ledger::Ledger;

 private:
  void lock() override { mutex_.lock(); }
  void unlock() override { mutex_.unlock(); }

  std::mutex mutex_;
};

}  // namespace plntry::net

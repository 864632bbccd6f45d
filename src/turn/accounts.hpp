// Who holds how many allocations and sends how much: one account for each user and one for each source network. An
// account stays where it is for as long as it holds an allocation, and until its bandwidth has rested: ending an
// allocation and making another one buys no second burst.
#pragma once

#include <cassert>
#include <deque>
#include <unordered_map>

#include "turn/bandwidth.hpp"

namespace plntry::turn {

template <typename Key>
struct Account {
  explicit Account(double bytes_per_second) : bandwidth(bytes_per_second) {}

  Bandwidth bandwidth;
  const Key* key = nullptr;  // in the table, whose nodes stay where they are
  std::size_t allocations = 0;
  bool is_resting = false;
};

// Not for several threads at once; only an account's `bandwidth` and `key` are.
template <typename Key, typename Hash>
class Accounts {
 public:
  // 0 is no limit.
  Accounts(std::size_t max_allocations, double bytes_per_second, Hash hash)
      : max_allocations_(max_allocations), bytes_per_second_(bytes_per_second), accounts_(0, std::move(hash)) {}

  template <typename Lookup>
  bool may_open(const Lookup& key) const {
    if (max_allocations_ == 0) return true;
    const auto found = accounts_.find(key);
    return found == accounts_.end() || found->second.allocations < max_allocations_;
  }

  Account<Key>& open(Key key, TimePoint now) {
    forget_rested(now);
    const auto [entry, is_new] = accounts_.try_emplace(std::move(key), bytes_per_second_);
    Account<Key>& account = entry->second;
    account.key = &entry->first;
    account.allocations += 1;
    return account;
  }

  void close(Account<Key>& account) {
    assert(account.allocations > 0);
    if (--account.allocations > 0 || account.is_resting) return;
    account.is_resting = true;
    resting_.push_back(&account);
  }

  std::size_t size() const { return accounts_.size(); }

 private:
  // Whoever rests longest comes first, nearly: a second at most is between them.
  void forget_rested(TimePoint now) {
    while (!resting_.empty()) {
      Account<Key>& account = *resting_.front();
      if (account.allocations == 0 && !account.bandwidth.is_rested(now)) return;
      resting_.pop_front();
      account.is_resting = false;
      if (account.allocations == 0) accounts_.erase(accounts_.find(*account.key));
    }
  }

  std::size_t max_allocations_;
  double bytes_per_second_;
  std::unordered_map<Key, Account<Key>, Hash, std::equal_to<>> accounts_;
  std::deque<Account<Key>*> resting_;  // without an allocation when they were put here, each once
};

}  // namespace plntry::turn

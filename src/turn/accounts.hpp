// Who holds how many allocations and sends how much: one account for each user and one for each source network, kept
// for as long as it holds an allocation.
#pragma once

#include <cassert>
#include <unordered_map>

#include "base/slot_map.hpp"
#include "base/token_bucket.hpp"

namespace plntry::turn {

using AccountId = SlotId<struct AccountTag>;

template <typename Key, typename Hash, typename Equal>
class Accounts {
 public:
  // `max_allocations` of 0 and `bytes_per_second` of 0 are no limit. A burst of one second's bytes is allowed.
  Accounts(std::size_t max_allocations, double bytes_per_second, Hash hash)
      : max_allocations_(max_allocations), bytes_per_second_(bytes_per_second), ids_(0, std::move(hash)) {}

  template <typename Lookup>
  bool may_open(const Lookup& key) const {
    const auto found = ids_.find(key);
    return max_allocations_ == 0 || found == ids_.end() ||
           accounts_.find(found->second)->allocations < max_allocations_;
  }

  AccountId open(Key key, TimePoint now) {
    const auto [entry, is_new] = ids_.try_emplace(std::move(key));
    if (is_new) {
      entry->second = accounts_.insert({0, TokenBucket{{bytes_per_second_, bytes_per_second_}, now}, &entry->first});
    }
    accounts_.find(entry->second)->allocations += 1;
    return entry->second;
  }

  void close(AccountId id) {
    Account* account = accounts_.find(id);
    assert(account && account->allocations > 0);
    if (--account->allocations > 0) return;
    ids_.erase(ids_.find(*account->key));
    accounts_.erase(id);
  }

  bool may_send(AccountId id, std::size_t bytes, TimePoint now) {
    return bytes_per_second_ == 0 || accounts_.find(id)->bandwidth.take(static_cast<double>(bytes), now);
  }

  const Key& key_of(AccountId id) const { return *accounts_.find(id)->key; }

 private:
  struct Account {
    std::size_t allocations;
    TokenBucket bandwidth;
    const Key* key;  // in `ids_`, whose nodes stay where they are
  };

  std::size_t max_allocations_;
  double bytes_per_second_;
  std::unordered_map<Key, AccountId, Hash, Equal> ids_;
  SlotMap<Account, AccountId> accounts_;
};

}  // namespace plntry::turn

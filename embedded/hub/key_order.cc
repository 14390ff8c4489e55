#include "embedded/hub/key_order.h"

#include <utility>

#include "log/base/bytes.h"

namespace evlog::internal {

uint64_t KeyOrder::HashOf(std::string_view key) { return TransparentHash()(key); }

bool KeyOrder::Admit(uint64_t key, Message&& message) {
  const auto [at, is_free] = busy_.try_emplace(key);
  if (is_free) return true;
  at->second.push_back(std::move(message));
  ++kept_;
  return false;
}

bool KeyOrder::Done(uint64_t key, Message* next) {
  const auto at = busy_.find(key);
  if (at->second.empty()) {
    busy_.erase(at);
    return false;
  }
  *next = std::move(at->second.front());
  at->second.pop_front();
  --kept_;
  return true;
}

}  // namespace evlog::internal

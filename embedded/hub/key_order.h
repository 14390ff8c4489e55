// Keeps messages of one key in order while several workers handle those of different keys.
#ifndef EVLOG_EMBEDDED_HUB_KEY_ORDER_H_
#define EVLOG_EMBEDDED_HUB_KEY_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "evlog/message.h"

namespace evlog::internal {

// Not thread-safe. Keys whose 64-bit hashes are equal count as one.
class KeyOrder {
 public:
  // How many messages are kept until their key is free.
  static constexpr size_t kKeptMax = 256;

  static uint64_t HashOf(std::string_view key);

  // The next message. True: handle it now, then say Done. False: another of its key is being
  // handled; the message was moved in here.
  bool Admit(uint64_t key, Message&& message);
  // A message of this key was handled. True: `*next` is the next one of the key; handle it now.
  bool Done(uint64_t key, Message* next);

  bool full() const { return kept_ >= kKeptMax; }

 private:
  absl::flat_hash_map<uint64_t, std::deque<Message>> busy_;  // what waits for each busy key
  size_t kept_ = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_KEY_ORDER_H_

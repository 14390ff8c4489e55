// The values that a producer sends: each begins with the time at which it was to be sent, so that
// who gets it knows how long it took; the rest is letters and digits that no compression shrinks.
#ifndef EVLOG_CLI_LOAD_PAYLOAD_H_
#define EVLOG_CLI_LOAD_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/load/latency.h"

namespace evlog::cli {

// The time takes so many bytes, in hex; shorter values have none.
inline constexpr size_t kStampBytes = 16;

// The name of the one field of an entry.
inline constexpr std::string_view kLoadField = "v";

// The time in a value; nullopt: there is none.
std::optional<Nanos> StampOf(std::string_view value);

// Belongs to one producer. Not thread-safe.
class Payload {
 public:
  struct Sizes {
    uint32_t min = 100;
    uint32_t max = 100;
  };

  // `keys`: how many different ones; 0: entries have none.
  Payload(Sizes sizes, uint64_t keys, uint64_t seed);

  // The next value, until the next call.
  std::string_view Value(Nanos stamp);
  // Its key, until the next call.
  std::optional<std::string_view> Key();

 private:
  uint64_t Random();

  const Sizes sizes_;
  const uint64_t keys_;
  uint64_t state_;  // of random numbers
  size_t at_;       // what comes next
  std::string value_;
  std::string key_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_PAYLOAD_H_

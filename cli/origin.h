// Where an entry was found, as far as what is printed may name it.
#ifndef EVLOG_CLI_ORIGIN_H_
#define EVLOG_CLI_ORIGIN_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "evlog/position.h"

namespace evlog::cli {

struct Origin {
  std::string_view stream;
  Position position = {};  // after the entry, where many streams are read in commit order
  // From a consumer group: how often it was delivered, this time included.
  std::optional<uint32_t> deliveries = std::nullopt;
  // Whether the entry's offset and partition are known; a Redis server tells neither.
  bool placed = true;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ORIGIN_H_

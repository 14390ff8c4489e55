// Where an entry was found, as far as what is printed may name it.
#ifndef EVLOG_CLI_ORIGIN_H_
#define EVLOG_CLI_ORIGIN_H_

#include <string_view>

#include "evlog/position.h"

namespace evlog::cli {

struct Origin {
  std::string_view stream;
  Position position = {};  // after the entry, where many streams are read in commit order
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ORIGIN_H_

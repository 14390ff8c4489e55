// A command on its way through the storage pool, with all that it needs and what it leaves.
#ifndef EVLOG_SERVER_STORAGE_JOB_H_
#define EVLOG_SERVER_STORAGE_JOB_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "evlog/stream.h"
#include "server/blocked.h"
#include "server/command_table.h"

namespace evlog::server {

struct StorageJob {
  const CommandRow* row;
  uint64_t slot;
  int database;
  int protocol;
  absl::Time now;
  uint64_t renames;  // Core::renames before it began
  std::string bytes;
  std::vector<std::string_view> args;  // views into bytes
  std::string reply;
  std::unique_ptr<Waiting> waiting;
  std::optional<Stream> opened;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STORAGE_JOB_H_

// A command on its way through the storage pool, with all that it needs and what it leaves.
#ifndef EVLOG_SERVER_STORAGE_JOB_H_
#define EVLOG_SERVER_STORAGE_JOB_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/blocked.h"
#include "server/command_table.h"
#include "server/owned_args.h"

namespace evlog::server {

struct StorageJob {
  explicit StorageJob(Args its_args) : args(its_args) {}

  const CommandRow* row = nullptr;
  uint64_t slot = 0;
  int database = 0;
  int protocol = 2;
  absl::Time now;
  uint64_t renames = 0;  // Core::renames before it began
  const OwnedArgs args;
  std::string reply;
  std::unique_ptr<Waiting> waiting;
  std::optional<OpenedKey> opened;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STORAGE_JOB_H_

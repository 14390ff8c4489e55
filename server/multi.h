// What a connection has queued since MULTI, and the keys that it watches.
#ifndef EVLOG_SERVER_MULTI_H_
#define EVLOG_SERVER_MULTI_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "evlog/entry_id.h"
#include "server/owned_args.h"

namespace evlog::server {

struct CommandRow;

struct QueuedCommand {
  QueuedCommand(const CommandRow* its_row, Args its_args) : row(its_row), args(its_args) {}

  const CommandRow* const row;
  const OwnedArgs args;
};

// What changes with each change of a stream that WATCH is about.
struct KeyVersion {
  uint64_t stream = 0;
  EntryId last_id;
  uint64_t entries = 0;
  std::optional<absl::Time> expires_at = std::nullopt;

  friend bool operator==(const KeyVersion&, const KeyVersion&) = default;
};

struct WatchedKey {
  int database = 0;
  std::string name;
  std::optional<KeyVersion> version = std::nullopt;  // nullopt: there was no such key
};

// Used by the io thread, and by a command on the storage pool while nothing else of the connection
// is carried out.
struct MultiState {
  bool queueing = false;
  bool refused = false;  // one of them could not be queued
  bool writes = false;   // one of them does
  std::vector<std::unique_ptr<QueuedCommand>> commands;
  size_t memory = 0;
  std::vector<WatchedKey> watched;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_MULTI_H_

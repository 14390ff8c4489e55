// Reads a whole log and checks that everything in it fits together.
#ifndef EVLOG_VERIFY_H_
#define EVLOG_VERIFY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/clock.h"

namespace evlog {

// How far it has come. `commits_total` is what stood in the log at the start, 0 while not yet
// known.
struct VerifyProgress {
  uint64_t commits = 0;
  uint64_t commits_total = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;
};

struct VerifyOptions {
  // Stops after so many findings: a log without its first file has one for each row.
  size_t findings_max = 1000;
  // Called a few times a second, on the caller's thread; empty: never. False stops: CANCELLED.
  std::function<bool(const VerifyProgress&)> progress;
  // Not owned. Null: the system clock.
  Clock* clock = nullptr;
};

struct VerifyReport {
  // What was read and is whole.
  uint64_t streams = 0;
  uint64_t partitions = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of chunks as they are stored, before the file system's compression
  uint64_t commits = 0;
  uint64_t groups = 0;
  uint64_t pending = 0;  // entries, in all groups

  // What is wrong: a sentence each that names where (file and offset, or stream, partition and
  // offset) and what was expected there. Empty: nothing is.
  std::vector<std::string> findings;
  // Whether findings_max cut the list short.
  bool truncated = false;

  bool ok() const { return findings.empty(); }
};

// Checks the log in `directory`, beside the process that owns it or without one: takes no lock and
// changes nothing. Every chunk is decoded and its checksum compared; offsets must be dense and ids
// rise within each partition; the two rows of a chunk must refer to each other; commits must be
// dense. Each group is read, and must hold what docs/groups.md says always holds.
//
// Damage is a finding in the report, not an error, as long as anything can be read at all.
// Errors: as OpenReadOnly, and CANCELLED when `progress` said so.
absl::StatusOr<VerifyReport> VerifyDirectory(std::string_view directory,
                                             const VerifyOptions& options = {});

}  // namespace evlog

#endif  // EVLOG_VERIFY_H_

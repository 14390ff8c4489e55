// `replay --checkpoint`: how far a replay has come, in a file.
#ifndef EVLOG_CLI_CHECKPOINT_H_
#define EVLOG_CLI_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/entry_id.h"
#include "evlog/position.h"

namespace evlog::cli {

// What is done: all entries up to `last`, or of a pattern up to `position`, that passed the
// filters.
struct Progress {
  EntryId last = EntryId::Min();  // Min(): none yet
  uint64_t entries = 0;
  Position position = {};  // of a pattern; the default one: none yet

  void Advance(EntryId id, const Position& after) {
    last = after == Position() ? id : EntryId::Min();
    position = after;
    ++entries;
  }
  // Whether more is done than `other` says, of the same replay.
  bool Beyond(const Progress& other) const {
    return last > other.last || position > other.position;
  }

  // As text and back, for the state of a target log. Errors: DATA_LOSS.
  std::string ToString() const;
  static absl::StatusOr<Progress> Parse(std::string_view text);
};

struct Checkpoint {
  std::string key;   // names this replay in the state of its target: random, hexadecimal
  std::string from;  // which stream it reads, and
  std::string to;    // where it goes to: a resumed replay must have the same
  Progress progress;
};

// A key that no other replay has.
std::string MakeCheckpointKey();

// The checkpoint in the file; nullopt when there is no such file. Errors: DATA_LOSS when it is not
// one of ours; those of the file system.
absl::StatusOr<std::optional<Checkpoint>> ReadCheckpoint(const std::string& path);

// Puts it there at once and for good: another file, synced, that takes its name. Errors: those of
// the file system; the old file is whole then.
absl::Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_CHECKPOINT_H_

// Looks at what a log stands on, and repairs what its operator accepts as lost.
#ifndef EVLOG_DOCTOR_H_
#define EVLOG_DOCTOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/clock.h"

namespace evlog {

// What was looked at, and what is to be said of it.
struct Examination {
  enum class Verdict : uint8_t {
    kOk,
    kWarning,  // works, and will not for ever or not as well as it could
    kFailure,  // the log cannot be opened, or not be written
  };
  std::string name;  // a word: disk, clock, wal
  Verdict verdict = Verdict::kOk;
  std::string text;
  std::string advice = {};  // what to do about it; empty: nothing
};

struct DoctorOptions {
  Clock* clock = nullptr;  // not owned; null: the system clock
};

// Examines a directory, beside the process that owns it or without one: takes no lock, changes
// nothing, and does not read the tables (VerifyDirectory does). Blocks for as long as the
// write-ahead log takes to read. Always one examination at least: what keeps it from looking is
// one that failed.
//
//   directory   it is there, is a log, of this format, and may be written
//   owner       which process holds it
//   filesystem  its kind: what is in memory or on the network is warned of
//   disk        free space and free inodes
//   files       the limit of open files against the number of tables
//   clock       whether it is synchronised, and not behind the newest files
//   wal         the write-ahead log: whole, torn by a crash, or damaged, with file and byte
//   tables      that those which the log names are there, with their sizes
//   leftovers   what may be removed
std::vector<Examination> ExamineDirectory(std::string_view directory,
                                          const DoctorOptions& options = {});

struct AcceptedLoss {
  std::string lost;     // what was missing: file, byte and commits
  std::string kept_in;  // the directory with the files as they were
  uint64_t bytes_dropped = 0;
  uint64_t commits_dropped = 0;  // that were readable behind the damage
  uint64_t last_commit = 0;      // the newest that is left
};

// Cuts a damaged write-ahead log where the damage begins: what stood behind it is given up, and the
// log opens again. Before that its files are copied to `directory`/kept-N. Nobody may hold the
// log. After a crash in the middle it may be called again.
// Errors: FAILED_PRECONDITION (nothing is lost; not a log); DATA_LOSS (nothing is left to open, or
// something else is damaged: restore a backup); NOT_FOUND; UNAVAILABLE (somebody holds it; files
// cannot be read or written); RESOURCE_EXHAUSTED (no room for the copy).
absl::StatusOr<AcceptedLoss> AcceptLoss(std::string_view directory);

}  // namespace evlog

#endif  // EVLOG_DOCTOR_H_

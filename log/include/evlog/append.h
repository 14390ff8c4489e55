// What an append may ask for, and what it answers.
#ifndef EVLOG_APPEND_H_
#define EVLOG_APPEND_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "evlog/entry_id.h"
#include "evlog/expect.h"
#include "evlog/idempotence.h"
#include "evlog/position.h"

namespace evlog {

// When an append is acknowledged, that is, what its answer promises.
enum class Durability : uint8_t {
  kAsync = 1,  // ordered in memory: it has its id and offset. A crash of the process may lose it.
  kOs = 2,     // handed to the operating system by write(2): survives kill -9, not a power loss.
  kSync = 3,   // on the disk after fdatasync(2): survives a power loss.
};

// Options of one append of one entry.
struct AppendOptions {
  // Routes the entry: entries of equal keys go to the same partition. Without a key, calls go round
  // robin over the partitions. Stored with the entry. At most Limits::key_bytes.
  std::optional<std::string_view> key = std::nullopt;
  // An id of the caller's choice; it must be above the stream's last one, and in a stream of
  // several partitions it must name the partition of its key.
  std::optional<EntryId> id = std::nullopt;
  // The append happens only if this holds; else ABORTED, which carries a Conflict. For a batch it
  // is about its first entry.
  std::optional<Expect> expect = std::nullopt;
  // Lets the append be repeated: judged before all else, so a repeat is a duplicate though its
  // expectation or its id no longer fit. For a batch it covers all of it.
  std::optional<Idempotence> idempotence = std::nullopt;
  // What to wait for; the stream's own level without one. It changes only this wait, never when
  // readers see the entry: those of a `sync` stream see it once it is on the disk.
  std::optional<Durability> durability = std::nullopt;
  // Of AppendAsync, `os` and `sync`: `done` is called by the thread that wrote or synced, under
  // locks of the log, and not by the completion thread, unless the append failed: one change of
  // threads less. It must be quick, and must not call the log.
  bool done_at_once = false;
};

// The answer to an append of one entry or of a whole batch.
struct AppendResult {
  EntryId first_id;
  EntryId last_id;
  uint64_t count = 0;
  // Of the first entry; in a stream of one partition the others follow densely.
  uint16_t partition = 0;
  uint64_t offset = 0;
  // After the commit that holds it; not known yet (the default one) when acknowledged as kAsync.
  Position position;
  // Nothing was appended: it had been before, with the same idempotence, and this is what was
  // answered then. What is answered is as durable as asked now.
  bool duplicate = false;
};

}  // namespace evlog

#endif  // EVLOG_APPEND_H_

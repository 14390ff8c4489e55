// What an event loop does itself, since it takes no longer than to hand it to another thread.
//
// ReadAsync and AckAsync of a group may read the disk, or wait for who does, before they return,
// and answer by a thread of their own; a cursor reads the disk whenever it likes. A loop that has
// other threads for what takes time asks here first.
#ifndef EVLOG_EMBEDDED_HERE_H_
#define EVLOG_EMBEDDED_HERE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/cursor.h"
#include "evlog/entry_id.h"
#include "evlog/group.h"
#include "evlog/read.h"
#include "evlog/stream.h"
#include "evlog/trim.h"

namespace evlog {

// Each answers false or nullopt, and nothing has happened, where it would have to wait or has much
// to do, or cannot be done at all: then it is for another thread. Thread-safe.
class Here {
 public:
  // More than so many entries are for another thread.
  static constexpr uint64_t kEntriesMax = 1000;

  // As Group::Ack. `done` is called, perhaps before this returns; by the thread that commits under
  // locks of the log, unless that fails: it must be quick, and call nothing of the log.
  static bool Ack(Group& group, std::span<const EntryId> ids, SettleCallback done);
  // As Group::Read, of one look: without its deadline. `done` as above.
  static bool Read(Group& group, std::string_view consumer, const GroupReadOptions& options,
                   ReadCallback done);
  // As Stream::AppendAsync, and then Stream::Trim in the same commit. CanTrim tells which it can:
  // to a number of entries, whatever groups need, of one partition, and not of a `sync` stream,
  // whose readers do not see yet what is appended.
  static bool CanTrim(const Stream& stream, const TrimOptions& trim);
  static void AppendAndTrim(const Stream& stream, Batch&& batch, const AppendOptions& options,
                            const TrimOptions& trim, AppendCallback done);
  // As EventLog::Read of what is there now: forwards, from an id on. All of it is in memory.
  static std::optional<Cursor> Read(const Stream& stream, const ReadRequest& request);
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_HERE_H_

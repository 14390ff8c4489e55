// Reading: what EventLog::Read answers.
#ifndef EVLOG_CURSOR_H_
#define EVLOG_CURSOR_H_

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/chunk_view.h"
#include "evlog/position.h"
#include "evlog/read.h"

namespace evlog {

// Reads entries in order. Move-only; used by one thread at a time. Holds no lock, snapshot or
// iterator between calls, and keeps the log's files open until it is destroyed.
class Cursor {
 public:
  class Impl;

  explicit Cursor(std::unique_ptr<Impl> impl);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  // Moves on to the next run of entries: true and `*view` set, or false at the end.
  //
  // Of a cursor over a pattern, the runs come in commit order over all of its streams: what one
  // commit wrote to a partition, whole or in parts. A stream of durability `sync` shows an entry
  // once it is on the disk, and all that was committed after it waits meanwhile.
  //
  // A cursor that follows (forward, without `until`) waits at the end for more until `deadline` (by
  // the log's clock) and then answers false; it may be called again. By default it does not wait.
  //
  // Errors:
  //   CANCELLED       `stop` was requested while it waited
  //   DATA_LOSS       the log is damaged here; says where. The cursor does not move on
  //   NOT_FOUND       the stream was dropped (no error of a pattern)
  //   OUT_OF_RANGE    entries were trimmed that it had not come to; says which one it goes on with
  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline = absl::InfinitePast(),
                            std::stop_token stop = {});

  // The stream of the last view, by the name that it has then.
  const std::string& stream() const;

  // Of a cursor over a pattern: the place after the last view, or after only its first `entries`; a
  // cursor that begins `after` it goes on with the entry that comes next. Once Next has answered
  // false, the place after all that it looked through, up to the newest commit. Of other cursors:
  // the default one.
  Position position(uint32_t entries = UINT32_MAX) const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_CURSOR_H_

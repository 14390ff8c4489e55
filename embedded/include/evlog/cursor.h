// Reading: what EventLog::Read answers.
#ifndef EVLOG_CURSOR_H_
#define EVLOG_CURSOR_H_

#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/chunk_view.h"
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
  // A cursor that follows (forward, without `until`) waits at the end for more until `deadline` (by
  // the log's clock) and then answers false; it may be called again. By default it does not wait.
  //
  // Errors:
  //   CANCELLED       `stop` was requested while it waited
  //   DATA_LOSS       the log is damaged here; says where. The cursor does not move on
  //   NOT_FOUND       the stream was dropped
  //   OUT_OF_RANGE    entries were trimmed that it had not come to; says which one it goes on with
  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline = absl::InfinitePast(),
                            std::stop_token stop = {});

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_CURSOR_H_

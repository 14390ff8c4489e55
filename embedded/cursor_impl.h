// What a Cursor refers to: a reader of one stream, or of many in commit order.
#ifndef EVLOG_EMBEDDED_CURSOR_IMPL_H_
#define EVLOG_EMBEDDED_CURSOR_IMPL_H_

#include <memory>
#include <string>
#include <utility>

#include "evlog/cursor.h"
#include "log/log.h"

namespace evlog {

class Cursor::Impl {
 public:
  Impl(std::shared_ptr<Log> log, std::shared_ptr<StreamState> stream,
       std::unique_ptr<StreamReader> reader)
      : log_(std::move(log)), stream_(std::move(stream)), stream_reader_(std::move(reader)) {}
  Impl(std::shared_ptr<Log> log, std::unique_ptr<CommitReader> reader)
      : log_(std::move(log)), commit_reader_(std::move(reader)) {}

  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline, const std::stop_token& stop) {
    if (commit_reader_ != nullptr) return commit_reader_->Next(view, deadline, stop);
    const absl::StatusOr<bool> more = stream_reader_->Next(view, deadline, stop);
    named_ = more.ok() && *more ? false : named_;
    return more;
  }

  const std::string& stream() {
    if (commit_reader_ != nullptr) return commit_reader_->stream();
    if (!std::exchange(named_, true)) name_ = stream_->name();
    return name_;
  }

  Position position(uint32_t entries) const {
    return commit_reader_ == nullptr ? Position() : commit_reader_->position(entries);
  }

 private:
  const std::shared_ptr<Log> log_;  // outlives the readers
  const std::shared_ptr<StreamState> stream_;
  bool named_ = false;
  std::string name_;  // asked for only when somebody wants to know
  // One of the two.
  std::unique_ptr<StreamReader> stream_reader_;
  std::unique_ptr<CommitReader> commit_reader_;
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_CURSOR_IMPL_H_

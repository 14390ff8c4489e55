// What a Watch refers to.
#ifndef EVLOG_EMBEDDED_WATCH_IMPL_H_
#define EVLOG_EMBEDDED_WATCH_IMPL_H_

#include <memory>
#include <utility>

#include "evlog/watch.h"
#include "log/log.h"

namespace evlog {

class Watch::Impl {
 public:
  virtual ~Impl() = default;
};

// Of the entries of a stream, which it keeps.
class EntriesWatch final : public Watch::Impl, private StreamWatcher {
 public:
  EntriesWatch(std::shared_ptr<StreamState> stream, ChangeCallback callback)
      : stream_(std::move(stream)), callback_(std::move(callback)) {
    stream_->Watch(this);
  }
  ~EntriesWatch() override { stream_->Unwatch(this); }

 private:
  void StreamChanged() override { callback_(); }

  const std::shared_ptr<StreamState> stream_;
  const ChangeCallback callback_;
};

// Of the names of a log, which it keeps.
class NamesWatch final : public Watch::Impl, private NamesWatcher {
 public:
  NamesWatch(std::shared_ptr<Log> log, NamesCallback callback)
      : log_(std::move(log)), callback_(std::move(callback)) {
    log_->catalog().WatchNames(this);
  }
  ~NamesWatch() override { log_->catalog().UnwatchNames(this); }

 private:
  void NameChanged(NameChange change, uint8_t database, std::string_view name) override {
    callback_({As(change), log_->databases().AtHome(database), name});
  }
  static NamesChange As(NameChange change) {
    switch (change) {
      case NameChange::kGiven:
        return NamesChange::kCreated;
      case NameChange::kExpired:
        return NamesChange::kExpired;
      case NameChange::kLeft:
        break;
    }
    return NamesChange::kLeft;
  }

  const std::shared_ptr<Log> log_;
  const NamesCallback callback_;
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_WATCH_IMPL_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "embedded/group_impl.h"
#include "evlog/group.h"
#include "groups/pump.h"
#include "groups/wait_line.h"
#include "log/base/mutex.h"

namespace evlog {

namespace {

// Who is to be called, as long as the place is there.
struct Called {
  Mutex mu;
  std::function<void()> turn ABSL_GUARDED_BY(mu);
  absl::Time armed ABSL_GUARDED_BY(mu) = absl::InfiniteFuture();  // the earliest alarm

  void Call() {
    MutexLock lock(mu);
    if (turn) turn();
  }
};

class Alarm final : public Pump::Task {
 public:
  Alarm(std::shared_ptr<Called> called, Clock* clock, absl::Time time)
      : called_(std::move(called)), clock_(clock), time_(time) {}

  bool Run(absl::Time* again) override {
    *again = time_;
    const bool late = clock_->Now() >= time_;
    MutexLock lock(called_->mu);
    if (!called_->turn || called_->armed < time_) return true;  // an earlier one came after it
    if (!late) return false;
    called_->armed = absl::InfiniteFuture();
    called_->turn();
    return true;
  }
  void End() override {}

 private:
  const std::shared_ptr<Called> called_;
  Clock* const clock_;
  const absl::Time time_;
};

}  // namespace

class GroupPlace::Impl {
 public:
  Impl(std::shared_ptr<LoadedGroup> group, std::string_view consumer, std::function<void()> turn)
      : group_(std::move(group)), consumer_(consumer), called_(std::make_shared<Called>()) {
    {
      MutexLock lock(called_->mu);
      called_->turn = std::move(turn);
    }
    group_->NoteWaiting(consumer_, 1);
    place_.emplace(&group_->line(), [called = called_] { called->Call(); });
  }
  ~Impl() {
    {
      MutexLock lock(called_->mu);
      called_->turn = nullptr;
    }
    place_.reset();
    group_->NoteWaiting(consumer_, -1);
  }

  WaitLine::Place& place() { return *place_; }
  bool alone() const { return group_->line().size() <= 1; }
  void WakeAt(absl::Time time) {
    {
      MutexLock lock(called_->mu);
      if (time >= called_->armed) return;
      called_->armed = time;
    }
    group_->pump()->Add(std::make_unique<Alarm>(called_, group_->pump()->clock(), time));
  }

 private:
  const std::shared_ptr<LoadedGroup> group_;
  const std::string consumer_;
  const std::shared_ptr<Called> called_;
  std::optional<WaitLine::Place> place_;
};

GroupPlace::GroupPlace() = default;
GroupPlace::~GroupPlace() = default;
GroupPlace::GroupPlace(GroupPlace&&) noexcept = default;
GroupPlace& GroupPlace::operator=(GroupPlace&&) noexcept = default;
GroupPlace::GroupPlace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

bool GroupPlace::TakeTurn() { return impl_ != nullptr && impl_->place().TakeTurn(); }

void GroupPlace::PassOn() {
  if (impl_ != nullptr) impl_->place().PassOn();
}

bool GroupPlace::alone() const { return impl_ == nullptr || impl_->alone(); }

void GroupPlace::WakeAt(absl::Time time) {
  if (impl_ != nullptr && time != absl::InfiniteFuture()) impl_->WakeAt(time);
}

absl::StatusOr<GroupPlace> Group::StandInLine(std::string_view consumer,
                                              std::function<void()> turn) {
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr || log->read_only()) {
    return absl::FailedPreconditionError("the log is closed, or open for reading only");
  }
  return GroupPlace(std::make_unique<GroupPlace::Impl>(impl_->group, consumer, std::move(turn)));
}

}  // namespace evlog

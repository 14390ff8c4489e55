// Reading and settling without a thread that waits.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "groups/loaded_group.h"
#include "log/base/status.h"

namespace evlog {

template <typename T, typename Decide>
absl::StatusOr<std::optional<T>> LoadedGroup::Start(Decide decide,
                                                    std::shared_ptr<GroupDone<T>> end) {
  MutexLock lock(mu_);
  return StartUnder<T>(std::move(decide), std::move(end), /*done_at_once=*/false);
}

template <typename T, typename Decide>
absl::StatusOr<std::optional<T>> LoadedGroup::StartUnder(Decide decide,
                                                         std::shared_ptr<GroupDone<T>> end,
                                                         bool done_at_once) {
  // Where the outcome waits for its commit, which may be done before this is.
  const auto outcome = std::make_shared<T>();
  Operation operation;
  operation.done_at_once = done_at_once;
  operation.done = [outcome, end](const absl::Status& status) {
    std::move (*end)(status.ok() ? absl::StatusOr<T>(std::move(*outcome)) : status);
  };
  RETURN_IF_ERROR(decide(&operation, outcome.get()));
  if (operation.queued) return std::nullopt;
  return std::optional<T>(std::move(*outcome));
}

template <typename T, typename Decide>
void LoadedGroup::RunAsync(Decide decide, GroupDone<T> done) {
  const auto end = std::make_shared<GroupDone<T>>(std::move(done));
  absl::StatusOr<std::optional<T>> outcome = Start<T>(std::move(decide), end);
  if (!outcome.ok()) return std::move(*end)(outcome.status());
  if (*outcome) std::move (*end)(**std::move(outcome));
}

template <typename T, typename Can, typename Decide>
bool LoadedGroup::RunHere(Can can, Decide decide, GroupDone<T> done) {
  if (!mu_.TryLock()) return false;
  if (destroyed_ || ahead_ || stream_->dropped() || !can()) {
    mu_.Unlock();
    return false;
  }
  const auto end = std::make_shared<GroupDone<T>>(std::move(done));
  absl::StatusOr<std::optional<T>> outcome =
      StartUnder<T>(std::move(decide), end, /*done_at_once=*/true);
  mu_.Unlock();
  if (!outcome.ok()) {
    std::move (*end)(outcome.status());
  } else if (*outcome) {
    std::move (*end)(**std::move(outcome));
  }
  return true;
}

void LoadedGroup::SettleAsync(std::span<const HandedOut> handed, PendingEvent event,
                              GroupDone<uint64_t> done) {
  RunAsync<uint64_t>(
      [&](Operation* operation, uint64_t* concerned) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return SettleHanded(handed, event, operation, concerned);
      },
      std::move(done));
}

void LoadedGroup::SettleIdsAsync(std::span<const EntryId> ids, PendingEvent event,
                                 GroupDone<uint64_t> done) {
  RunAsync<uint64_t>(
      [&](Operation* operation, uint64_t* concerned)
          ABSL_NO_THREAD_SAFETY_ANALYSIS { return SettleUnder(ids, event, operation, concerned); },
      std::move(done));
}

// Run by the pump: looks when it has the turn, when something falls due, and when it has to end.
class LoadedGroup::WaitingRead final : public Pump::Task {
 public:
  WaitingRead(std::shared_ptr<LoadedGroup> group, std::string consumer, const GroupRead& read,
              absl::Time deadline, std::stop_token stop, GroupDone<DeliveredRuns> done)
      : group_(std::move(group)),
        consumer_(std::move(consumer)),
        read_(read),
        deadline_(deadline),
        stop_(std::move(stop)),
        end_(std::make_shared<GroupDone<DeliveredRuns>>(std::move(done))) {}
  ~WaitingRead() override {
    stopped_.reset();
    if (!place_) return;
    place_.reset();
    group_->NoteWaiting(consumer_, -1);
  }

  // Takes its place in the line.
  void Join() {
    group_->NoteWaiting(consumer_, 1);
    place_.emplace(&group_->line_, [this] { group_->context_.pump->Wake(this); });
    stopped_.emplace(stop_, Waker{this});
  }

  bool Run(absl::Time* again) override {
    // Woken for another reason, it would overtake those before it.
    if (!place_->TakeTurn() && !stop_.stop_requested() && group_->context_.clock->Now() < again_) {
      *again = again_;
      return false;
    }
    if (Look()) return true;
    *again = again_;
    return false;
  }
  void End() override { End(absl::FailedPreconditionError("the log is closed")); }

  // True: it is over.
  bool Look() {
    if (stop_.stop_requested()) return End(absl::CancelledError("reading was stopped"));
    for (;;) {
      bool more = false;
      absl::StatusOr<std::optional<DeliveredRuns>> found = group_->Start<DeliveredRuns>(
          [&](Operation* operation, DeliveredRuns* delivered) ABSL_NO_THREAD_SAFETY_ANALYSIS {
            operation->looks_again = true;
            RETURN_IF_ERROR(group_->ReadUnder(consumer_, read_, operation, delivered));
            more = operation->queued && operation->handed_out == 0;
            return absl::OkStatus();
          },
          end_);
      if (!found.ok()) return End(found.status());
      if (more) continue;
      if (!*found) return true;
      if (absl::Status status = group_->Over(); !status.ok()) return End(status);
      if (group_->context_.clock->Now() >= deadline_) return End(**std::move(found));
      if ((*found)->limited && place_) place_->PassOn();
      again_ = std::min(deadline_, (*found)->due);
      return false;
    }
  }

 private:
  struct Waker {
    WaitingRead* read;
    void operator()() const { read->group_->context_.pump->Wake(read); }
  };

  bool End(absl::StatusOr<DeliveredRuns> outcome) {
    std::move (*end_)(std::move(outcome));
    return true;
  }

  const std::shared_ptr<LoadedGroup> group_;
  const std::string consumer_;
  const GroupRead read_;
  const absl::Time deadline_;
  const std::stop_token stop_;
  const std::shared_ptr<GroupDone<DeliveredRuns>> end_;
  absl::Time again_ = deadline_;  // looks then, without the turn
  std::optional<WaitLine::Place> place_;
  std::optional<std::stop_callback<Waker>> stopped_;
};

void LoadedGroup::ReadAsync(std::string_view consumer, const GroupRead& read, absl::Time deadline,
                            const std::stop_token& stop, GroupDone<DeliveredRuns> done) {
  auto waiting = std::make_unique<WaitingRead>(shared_from_this(), std::string(consumer), read,
                                               deadline, stop, std::move(done));
  // Not before others who wait, unless it does not wait itself.
  if (line_.size() == 0 || deadline <= context_.clock->Now()) {
    if (waiting->Look()) return;
  }
  waiting->Join();
  context_.pump->Add(std::move(waiting));
}

bool LoadedGroup::AckIdsHere(std::span<const EntryId> ids, GroupDone<uint64_t> done) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  return RunHere<uint64_t>(
      [] { return true; },
      [&](Operation* operation, uint64_t* concerned)
          ABSL_NO_THREAD_SAFETY_ANALYSIS { return SettleUnder(ids, event, operation, concerned); },
      std::move(done));
}

bool LoadedGroup::ReadHere(std::string_view consumer, const GroupRead& read, uint64_t entries_max,
                           GroupDone<DeliveredRuns> done) {
  if (read.claim_idle_ms) return false;
  const uint64_t now_ms = NowMs();  // nothing may fall due on the way
  return RunHere<DeliveredRuns>(
      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        if (ordered() || !state_->pending().Due(now_ms, 1).empty()) return false;
        const std::optional<uint64_t> ready = new_entries_->Ready(read.count);
        return ready.has_value() && *ready <= entries_max;
      },
      [&](Operation* operation, DeliveredRuns* delivered) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        operation->now_ms = now_ms;
        return ReadUnder(consumer, read, operation, delivered);
      },
      std::move(done));
}

}  // namespace evlog

#include "evlog/worker.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "embedded/group_impl.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr int kThreadsMax = 1024;
// Extended so often within ack_wait that one that comes late does no harm.
constexpr int kExtensions = 3;

}  // namespace

// One Run at a time: its state is of that one.
class Worker::Impl {
 public:
  Impl(Group group, WorkerOptions options, WorkHandler handler)
      : group_(std::move(group)), options_(std::move(options)), handler_(std::move(handler)) {}

  absl::Status Run(const std::stop_token& stop);

 private:
  // What one thread has in hand.
  struct Hand {
    Mutex mu;
    Receipt receipt ABSL_GUARDED_BY(mu);
  };
  // Entries that got the same verdict.
  struct Settled {
    std::vector<EntryId> acked;
    std::vector<EntryId> rejected;
    std::vector<EntryId> left;  // not begun
    std::vector<std::pair<EntryId, std::optional<absl::Duration>>> retried;
  };

  absl::Status Check() const;
  void Fail(const absl::Status& status);
  absl::Status WorkOn(Hand* hand);
  void Handle(const Deliveries& got, Settled* settled);
  absl::Status Settle(const Settled& settled);
  void KeepExtending(Clock* clock, absl::Duration every);

  Group group_;
  const WorkerOptions options_;
  const WorkHandler handler_;

  std::stop_source stop_;          // of all threads: asked to, or after an error
  std::stop_source stop_keeping_;  // of the one that extends
  std::vector<std::unique_ptr<Hand>> hands_;
  Mutex mu_;
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

absl::Status Worker::Impl::Check() const {
  if (options_.threads < 1 || options_.threads > kThreadsMax) {
    return InvalidArgument("threads is {}; it must be in 1..{}", options_.threads, kThreadsMax);
  }
  if (options_.prefetch == 0) return InvalidArgument("prefetch is 0; it must be at least 1");
  if (handler_ == nullptr) return InvalidArgument("there is no handler");
  return absl::OkStatus();
}

void Worker::Impl::Fail(const absl::Status& status) {
  {
    MutexLock lock(mu_);
    if (failed_.ok()) failed_ = status;
  }
  stop_.request_stop();
}

absl::Status Worker::Impl::Run(const std::stop_token& stop) {
  RETURN_IF_ERROR(Check());
  const std::shared_ptr<Log> log = group_.impl_->log.lock();
  if (log == nullptr) return absl::FailedPreconditionError("the log is closed");
  ASSIGN_OR_RETURN(const GroupDescription is, group_.Describe());
  stop_ = std::stop_source();
  stop_keeping_ = std::stop_source();
  hands_.clear();
  {
    MutexLock lock(mu_);
    failed_ = absl::OkStatus();
  }
  const std::stop_callback forward(stop, [this] { stop_.request_stop(); });

  for (int i = 0; i < options_.threads; ++i) hands_.push_back(std::make_unique<Hand>());
  std::thread keeper;
  if (is.options.redelivers && is.options.ack_wait != absl::InfiniteDuration()) {
    absl::Duration least = is.options.ack_wait;
    for (const absl::Duration step : is.options.backoff) least = std::min(least, step);
    keeper = std::thread([this, log, every = std::max(absl::Milliseconds(1), least / kExtensions)] {
      KeepExtending(log->clock(), every);
    });
  }
  std::vector<std::thread> threads;
  for (const std::unique_ptr<Hand>& hand : hands_) {
    threads.emplace_back([this, hand = hand.get()] {
      const absl::Status status = WorkOn(hand);
      if (!status.ok()) Fail(status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop_keeping_.request_stop();
  if (keeper.joinable()) keeper.join();
  MutexLock lock(mu_);
  return failed_;
}

absl::Status Worker::Impl::WorkOn(Hand* hand) {
  GroupReadOptions read;
  read.count = options_.prefetch;
  read.deadline = absl::InfiniteFuture();
  read.stop = stop_.get_token();
  while (!stop_.stop_requested()) {
    const absl::StatusOr<Deliveries> got = group_.Read(options_.consumer, read);
    if (absl::IsCancelled(got.status())) break;
    if (!got.ok()) return got.status();
    {
      MutexLock lock(hand->mu);
      hand->receipt = got->receipt;
    }
    Settled settled;
    Handle(*got, &settled);
    {
      MutexLock lock(hand->mu);
      hand->receipt = Receipt();
    }
    RETURN_IF_ERROR(Settle(settled));
  }
  return absl::OkStatus();
}

void Worker::Impl::Handle(const Deliveries& got, Settled* settled) {
  for (const Delivery& delivery : got.runs) {
    for (const EntryView& entry : delivery.entries) {
      if (stop_.stop_requested()) {
        settled->left.push_back(entry.id);
        continue;
      }
      const Verdict verdict = handler_(Work{entry, delivery.deliveries});
      switch (verdict.kind()) {
        case Verdict::Kind::kAck:
          settled->acked.push_back(entry.id);
          break;
        case Verdict::Kind::kRetry:
          settled->retried.emplace_back(entry.id, verdict.delay());
          break;
        case Verdict::Kind::kReject:
          settled->rejected.push_back(entry.id);
          break;
      }
    }
  }
}

absl::Status Worker::Impl::Settle(const Settled& settled) {
  if (!settled.acked.empty()) RETURN_IF_ERROR(group_.Ack(settled.acked).status());
  if (!settled.rejected.empty()) {
    RETURN_IF_ERROR(group_.Nack(settled.rejected, {.kind = NackOptions::Kind::kFatal}).status());
  }
  for (const auto& [id, delay] : settled.retried) {
    RETURN_IF_ERROR(group_.Nack({&id, 1}, {.delay = delay}).status());
  }
  if (!settled.left.empty()) {
    RETURN_IF_ERROR(
        group_
            .Nack(settled.left, {.kind = NackOptions::Kind::kSilent, .delay = absl::ZeroDuration()})
            .status());
  }
  return absl::OkStatus();
}

void Worker::Impl::KeepExtending(Clock* clock, absl::Duration every) {
  std::mutex mu;
  std::condition_variable_any never;
  std::unique_lock lock(mu);
  const std::stop_token stop = stop_keeping_.get_token();
  for (;;) {
    clock->Await(lock, never, clock->Now() + every, stop, [] { return false; });
    if (stop.stop_requested()) return;
    for (const std::unique_ptr<Hand>& hand : hands_) {
      Receipt receipt;
      {
        MutexLock held(hand->mu);
        receipt = hand->receipt;
      }
      if (receipt.empty()) continue;
      if (const absl::Status status = group_.Extend(receipt).status(); !status.ok()) {
        return Fail(status);
      }
    }
  }
}

Worker::Worker(Group group, WorkerOptions options, WorkHandler handler)
    : impl_(std::make_unique<Impl>(std::move(group), std::move(options), std::move(handler))) {}
Worker::~Worker() = default;
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;

absl::Status Worker::Run(const std::stop_token& stop) { return impl_->Run(stop); }

}  // namespace evlog

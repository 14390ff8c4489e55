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
  // Of the entries that a thread has read, in their order; nullopt: not begun.
  using Verdicts = std::vector<std::optional<Verdict>>;

  absl::Status Check() const;
  void Fail(const absl::Status& status);
  absl::Status WorkOn(Hand* hand);
  Verdicts Handle(const Deliveries& got);
  // After it, nothing behind the entry is to be handled before it.
  bool Stops(const Verdict& verdict) const;
  absl::Status Settle(const Receipt& receipt, const Verdicts& verdicts);
  void KeepExtending(Clock* clock, absl::Duration every);

  Group group_;
  const WorkerOptions options_;
  const WorkHandler handler_;

  std::stop_source stop_;          // of all threads: asked to, or after an error
  std::stop_source stop_keeping_;  // of the one that extends
  std::vector<std::unique_ptr<Hand>> hands_;
  bool ordered_ = false, blocks_ = false;  // what the group is
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
  ordered_ = is.options.order == GroupOptions::Order::kOrdered;
  blocks_ = is.options.poison == GroupOptions::Poison::kBlock;
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
  read.one_partition = ordered_;  // the other threads can have the others
  while (!stop_.stop_requested()) {
    const absl::StatusOr<Deliveries> got = group_.Read(options_.consumer, read);
    if (absl::IsCancelled(got.status())) break;
    if (!got.ok()) return got.status();
    {
      MutexLock lock(hand->mu);
      hand->receipt = got->receipt;
    }
    const Verdicts verdicts = Handle(*got);
    {
      MutexLock lock(hand->mu);
      hand->receipt = Receipt();
    }
    RETURN_IF_ERROR(Settle(got->receipt, verdicts));
  }
  return absl::OkStatus();
}

bool Worker::Impl::Stops(const Verdict& verdict) const {
  return ordered_ && (verdict.kind() == Verdict::Kind::kRetry ||
                      (verdict.kind() == Verdict::Kind::kReject && blocks_));
}

Worker::Impl::Verdicts Worker::Impl::Handle(const Deliveries& got) {
  Verdicts verdicts(got.size());
  size_t index = 0;
  for (const Delivery& delivery : got.runs) {
    for (const EntryView& entry : delivery.entries) {
      if (stop_.stop_requested()) return verdicts;
      const Verdict verdict = handler_(Work{entry, delivery.deliveries});
      verdicts[index++] = verdict;
      if (Stops(verdict)) return verdicts;
    }
  }
  return verdicts;
}

absl::Status Worker::Impl::Settle(const Receipt& receipt, const Verdicts& verdicts) {
  const auto of = [&](Verdict::Kind kind) {
    return receipt.Select([&](uint64_t i) { return verdicts[i] && verdicts[i]->kind() == kind; });
  };
  const auto nack = [&](const Receipt& some, const NackOptions& options) {
    return some.empty() ? absl::OkStatus() : group_.Nack(some, options).status();
  };
  if (const Receipt acked = of(Verdict::Kind::kAck); !acked.empty()) {
    RETURN_IF_ERROR(group_.Ack(acked).status());
  }
  RETURN_IF_ERROR(nack(of(Verdict::Kind::kReject), {.kind = NackOptions::Kind::kFatal}));
  std::vector<std::optional<absl::Duration>> delays;
  for (const std::optional<Verdict>& verdict : verdicts) {
    if (!verdict || verdict->kind() != Verdict::Kind::kRetry) continue;
    if (std::find(delays.begin(), delays.end(), verdict->delay()) == delays.end()) {
      delays.push_back(verdict->delay());
    }
  }
  for (const std::optional<absl::Duration>& delay : delays) {
    const Receipt retried = receipt.Select([&](uint64_t i) {
      return verdicts[i] && verdicts[i]->kind() == Verdict::Kind::kRetry &&
             verdicts[i]->delay() == delay;
    });
    RETURN_IF_ERROR(nack(retried, {.delay = delay}));
  }
  return nack(receipt.Select([&](uint64_t i) { return !verdicts[i]; }),
              {.kind = NackOptions::Kind::kSilent, .delay = absl::ZeroDuration()});
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

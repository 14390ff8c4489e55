#include "cli/load/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// How often it is looked whether consumers have got everything, and how long nothing may come
// until what is missing, or was not answered, is given up.
constexpr absl::Duration kLook = absl::Milliseconds(5);
constexpr absl::Duration kPatience = absl::Seconds(10);

// How entries are appended that are to be there before they are read.
constexpr uint32_t kFillBatch = 100;
constexpr uint32_t kFillPipeline = 128;

absl::Duration CpuTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

// Whether a count has not grown for longer than one waits for it.
class Silence {
 public:
  bool TooLong(Nanos now, uint64_t count) {
    if (since_ == kNever || count != count_) since_ = now;
    count_ = count;
    return now - since_ > absl::ToInt64Nanoseconds(kPatience);
  }

 private:
  Nanos since_ = kNever;
  uint64_t count_ = 0;
};

struct Workers {
  LoadContext* context;
  LoadWorkers producers;
  LoadWorkers consumers;
  uint64_t expected = 0;  // entries that are there for consumers already, as often as they get them
};

// Runs workers on their threads until the producers are through and the consumers have got all of
// it, and collects what they record.
class Phase {
 public:
  Phase(Workers workers, const LoadRunOptions& options, LoadResult* result)
      : workers_(std::move(workers)),
        context_(*workers_.context),
        options_(options),
        result_(result),
        producing_(workers_.producers.size()),
        consuming_(workers_.consumers.size()) {
    for (const std::unique_ptr<Recorder>& recorder : context_.recorders) {
      recorder->CountFrom(context_.count_from);
    }
    next_ = context_.count_from + absl::ToInt64Nanoseconds(context_.shape.interval);
  }

  void Run() {
    const absl::Duration cpu = CpuTime();
    for (const std::unique_ptr<LoadWorker>& worker : workers_.consumers) {
      if (worker->needs_thread()) Start(worker.get(), &consuming_);
    }
    for (const std::unique_ptr<LoadWorker>& worker : workers_.producers) {
      Start(worker.get(), &producing_);
    }
    AwaitProducers();
    AwaitConsumers();
    context_.producing.request_stop();
    context_.all.request_stop();
    for (std::thread& thread : threads_) thread.join();
    result_->cpu += CpuTime() - cpu;
    End();
  }

 private:
  bool stopped() const { return options_.stop.stop_requested(); }

  // `running` is one less when it has ended.
  void Start(LoadWorker* worker, size_t* running) {
    threads_.emplace_back([this, worker, running] {
      worker->Run();
      const std::unique_lock lock(mu_);
      --*running;
      ended_.notify_all();
    });
  }

  // By the clock, or until none of these runs any more, or a stop. Whether some do.
  bool WaitUntil(Nanos then, const size_t& running) {
    std::unique_lock lock(mu_);
    return !options_.clock->Await(lock, ended_, absl::FromUnixNanos(then), options_.stop,
                                  [&running] { return running == 0; });
  }

  void AwaitProducers() {
    bool running = !workers_.producers.empty();
    Silence silence;
    while (running && !stopped()) {
      const Nanos now = context_.Now();
      Look(now);
      if (now >= context_.end) {
        // What is under way is awaited, but not for ever.
        context_.producing.request_stop();
        if (silence.TooLong(now, context_.sent)) {
          context_.gave_up = true;
          context_.all.request_stop();
        }
      }
      const Nanos soon = now + absl::ToInt64Nanoseconds(kLook);
      running = WaitUntil(now < context_.end ? std::min(next_, context_.end) : soon, producing_);
    }
    if (stopped()) {
      result_->interrupted = true;
      context_.all.request_stop();
    }
  }

  // What producers have sent, as often as it goes to consumers, and what was there.
  uint64_t Awaited() const { return workers_.expected + context_.sent * context_.shape.FanOut(); }

  void AwaitConsumers() {
    if (workers_.consumers.empty()) return;
    Silence silence;
    bool running = true;
    while (running && !stopped() && context_.received < Awaited()) {
      const Nanos now = context_.Now();
      Look(now);
      const bool over = context_.shape.filled() && now >= context_.end;
      if (over) return;
      if (silence.TooLong(now, context_.received)) break;
      running = WaitUntil(now + absl::ToInt64Nanoseconds(kLook), consuming_);
    }
    result_->interrupted = result_->interrupted || stopped();
    if (!stopped()) {
      const uint64_t awaited = Awaited();
      result_->missing = awaited - std::min<uint64_t>(awaited, context_.received);
    }
  }

  void Look(Nanos now) {
    if (now < context_.count_from) {
      if (options_.status->ProgressDue()) {
        options_.status->ShowProgress("warming up");
      }
      return;
    }
    const Nanos length = absl::ToInt64Nanoseconds(context_.shape.interval);
    // The last one waits a little for what is still under way then.
    while (now >= next_ + (next_ >= context_.end ? length / 2 : 0)) {
      EndInterval(next_ - length, next_);
      next_ += length;
    }
  }

  // `rest`: it is the last one, and says nothing if nothing came in it.
  void EndInterval(Nanos begin, Nanos end, bool rest = false) {
    Tallies tallies;
    ErrorCounts errors;
    for (const std::unique_ptr<Recorder>& recorder : context_.recorders) {
      recorder->TakeInto(&tallies, &errors);
    }
    Interval interval;
    interval.begin = absl::Nanoseconds(begin - context_.count_from);
    interval.end = absl::Nanoseconds(end - context_.count_from);
    for (size_t i = 0; i != kMeasures; ++i) {
      interval.measures[i] = Summarize(tallies[i], interval.end - interval.begin);
      total_[i].Merge(tallies[i]);
    }
    for (const auto& [what, times] : errors) {
      AddError(what, times, &result_->errors);
      interval.errors += times;
    }
    const bool nothing =
        interval.errors == 0 && std::all_of(interval.measures.begin(), interval.measures.end(),
                                            [](const Summary& is) { return is.requests == 0; });
    if (rest && nothing && !result_->intervals.empty()) return;
    if (options_.on_interval) options_.on_interval(interval);
    ShowProgress(interval);
    result_->intervals.push_back(interval);
  }

  void ShowProgress(const Interval& interval) {
    std::string text = fmt::format("{:.0f}s", absl::ToDoubleSeconds(interval.end));
    for (size_t i = 0; i != kMeasures; ++i) {
      const Summary& summary = interval.measures[i];
      if (summary.requests == 0) continue;
      text += fmt::format("  {} {}, p50 {:.3f} ms, p99 {:.3f} ms",
                          MeasureName(context_.shape.kind, static_cast<Measure>(i)),
                          HumanRate(summary.entries, summary.span),
                          static_cast<double>(summary.p50) / 1e6,
                          static_cast<double>(summary.p99) / 1e6);
    }
    if (interval.errors != 0) text += fmt::format("  {} errors", Grouped(interval.errors));
    options_.status->ShowProgress(text);
  }

  void End() {
    Look(context_.Now());
    const Nanos length = absl::ToInt64Nanoseconds(context_.shape.interval);
    const Nanos begin = next_ - length;
    EndInterval(begin, std::max(context_.Now(), begin + 1), /*rest=*/true);
    for (size_t i = 0; i != kMeasures; ++i) {
      const Nanos span = std::max<Nanos>(total_[i].last - context_.count_from, 0);
      result_->measures[i] = Summarize(total_[i], absl::Nanoseconds(span));
      result_->curves[i] = CurveOf(total_[i].latency);
      result_->elapsed = std::max(result_->elapsed, absl::Nanoseconds(span));
    }
    result_->sent += context_.sent;
    result_->received += context_.received;
    options_.status->EndProgress();
  }

  Workers workers_;
  LoadContext& context_;
  const LoadRunOptions& options_;
  LoadResult* const result_;
  std::vector<std::thread> threads_;
  std::mutex mu_;
  std::condition_variable_any ended_;
  size_t producing_;  // how many run; guarded by mu_
  size_t consuming_;  // the same of consumers
  Nanos next_;        // when the interval ends
  Tallies total_;
};

// Sets the times of a phase that begins now.
void SetTimes(LoadContext* context) {
  context->begin = context->Now();
  context->count_from = context->begin + absl::ToInt64Nanoseconds(context->shape.warmup);
  if (context->shape.duration != absl::InfiniteDuration()) {
    context->end = context->count_from + absl::ToInt64Nanoseconds(context->shape.duration);
  }
}

// Appends what is to be there before it is read. Answers how much it was.
absl::StatusOr<uint64_t> Fill(const LoadShape& shape, LoadTarget* target,
                              const LoadRunOptions& options) {
  LoadShape fill = shape;
  fill.kind = LoadKind::kAppend;
  fill.producers = 1;
  fill.batch = kFillBatch;
  fill.pipeline = kFillPipeline;
  fill.duration = absl::InfiniteDuration();
  LoadContext context(fill, options.clock);
  Workers workers{&context, {}, {}};
  ASSIGN_OR_RETURN(workers.producers, target->MakeProducers(&context));
  SetTimes(&context);
  LoadRunOptions quiet = options;
  quiet.on_interval = nullptr;
  LoadResult result;
  Phase(std::move(workers), quiet, &result).Run();
  if (result.interrupted) return absl::CancelledError("asked to stop");
  if (!result.errors.empty()) return absl::UnavailableError(result.errors.begin()->first);
  return context.sent.load();
}

absl::Status RunPrepared(const LoadShape& shape, LoadTarget* target, const LoadRunOptions& options,
                         LoadResult* result) {
  uint64_t filled = 0;
  if (shape.filled()) {
    ASSIGN_OR_RETURN(filled, Fill(shape, target, options));
  }
  LoadContext context(shape, options.clock);
  Workers workers{&context, {}, {}, filled * shape.FanOut()};
  if (shape.has_consumers()) {
    ASSIGN_OR_RETURN(workers.consumers, target->MakeConsumers(&context));
  }
  if (!shape.filled()) {
    ASSIGN_OR_RETURN(workers.producers, target->MakeProducers(&context));
  }
  SetTimes(&context);
  Phase(std::move(workers), options, result).Run();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadShape& shape, LoadTarget* target,
                                   const LoadRunOptions& options) {
  LoadResult result;
  result.shape = shape;
  absl::Status ended = target->Prepare(shape);
  if (ended.ok()) ended = RunPrepared(shape, target, options, &result);
  const absl::Status finished = target->Finish(shape.keep);
  RETURN_IF_ERROR(ended);
  // What was found counts all the same.
  if (!finished.ok()) {
    AddError("streams may be left behind: " + MessageOf(finished), 1, &result.errors);
  }
  return result;
}

}  // namespace evlog::cli

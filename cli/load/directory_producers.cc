#include "cli/load/directory_producers.h"

#include <sys/prctl.h>

#include <string>
#include <string_view>
#include <utility>

#include "cli/load/payload.h"
#include "log/base/mutex.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// The kernel may wake a waiting thread 50 us late by default, which would be found in every latency
// of a paced producer.
void WakeMeInTime() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

// Requests of one producer that were sent and not answered.
class UnderWay {
 public:
  explicit UnderWay(uint32_t most) : most_(most) {}

  // Waits until there is room for one more.
  void Begin() {
    MutexLock lock(mu_);
    while (now_ == most_) less_.Wait(mu_);
    ++now_;
  }
  void End() {
    MutexLock lock(mu_);
    --now_;
    less_.NotifyOne();
  }
  void AwaitNone() {
    MutexLock lock(mu_);
    while (now_ != 0) less_.Wait(mu_);
  }

 private:
  const uint32_t most_;
  Mutex mu_;
  CondVar less_;
  uint32_t now_ ABSL_GUARDED_BY(mu_) = 0;
};

class Appender : public LoadWorker {
 public:
  Appender(LoadContext* context, uint32_t index, std::vector<Stream> streams)
      : context_(context),
        recorder_(context->AddRecorder()),
        index_(index),
        streams_(std::move(streams)),
        payload_(context->shape.sizes, context->shape.keys, index),
        under_way_(context->shape.pipeline) {}

  void Run() override {
    WakeMeInTime();
    const Pacing pacing(context_->PlanOf(index_));
    if (context_->shape.pipeline > 1) {
      RunAhead(pacing);
      under_way_.AwaitNone();
      return;
    }
    SendInTurn(context_, recorder_, pacing,
               [this](Nanos due, uint32_t entries) { return Send(due, entries); });
  }

 private:
  Stream& NextStream() { return streams_[(index_ + turn_++) % streams_.size()]; }

  absl::StatusOr<uint64_t> Send(Nanos due, uint32_t entries) {
    if (context_->shape.batch == 1) {
      const std::string_view value = payload_.Value(due);
      AppendOptions options;
      options.key = payload_.Key();
      RETURN_IF_ERROR(NextStream().Append({{kLoadField, value}}, options).status());
      return value.size();
    }
    uint64_t bytes = 0;
    ASSIGN_OR_RETURN(Batch batch, MakeBatch(due, entries, &bytes));
    RETURN_IF_ERROR(NextStream().Append(std::move(batch)).status());
    return bytes;
  }

  absl::StatusOr<Batch> MakeBatch(Nanos due, uint32_t entries, uint64_t* bytes) {
    Batch batch;
    for (uint32_t i = 0; i != entries; ++i) {
      const std::string_view value = payload_.Value(due);
      *bytes += value.size();
      RETURN_IF_ERROR(batch.Add({{kLoadField, value}}, {.key = payload_.Key()}));
    }
    return batch;
  }

  void RunAhead(Pacing pacing) {
    const std::stop_token stop = context_->producing.get_token();
    while (!stop.stop_requested()) {
      under_way_.Begin();
      const Nanos now = context_->Now();
      const Nanos due = pacing.Due(now);
      if (due == kNever || (due > now && !AwaitDue(*context_, due))) return under_way_.End();
      const uint32_t entries = pacing.EntriesOf(due);
      pacing.Sent(due, entries);
      uint64_t bytes = 0;
      absl::StatusOr<Batch> batch = MakeBatch(due, entries, &bytes);
      if (!batch.ok()) {
        Answered(batch.status(), due, entries, bytes);
        continue;
      }
      NextStream().AppendAsync(
          *std::move(batch), {},
          [this, due, entries, bytes](const absl::StatusOr<AppendResult>& result) {
            Answered(result.status(), due, entries, bytes);
          });
    }
  }

  void Answered(const absl::Status& status, Nanos due, uint32_t entries, uint64_t bytes) {
    if (status.ok()) {
      recorder_->Record(Measure::kSend, context_->Now(), due, entries, bytes);
      context_->sent += entries;
    } else {
      recorder_->RecordError(MessageOf(status));
    }
    under_way_.End();
  }

  LoadContext* const context_;
  Recorder* const recorder_;
  const uint32_t index_;
  std::vector<Stream> streams_;
  uint64_t turn_ = 0;
  Payload payload_;
  UnderWay under_way_;
};

class Publisher : public LoadWorker {
 public:
  Publisher(LoadContext* context, uint32_t index, Channels* channels)
      : context_(context),
        recorder_(context->AddRecorder()),
        index_(index),
        channels_(channels),
        names_(context->shape.Names()),
        payload_(context->shape.sizes, 0, index),
        turn_(index) {}

  void Run() override {
    WakeMeInTime();
    SendInTurn(context_, recorder_, Pacing(context_->PlanOf(index_)),
               [this](Nanos due, uint32_t messages) { return Send(due, messages); });
  }

 private:
  absl::StatusOr<uint64_t> Send(Nanos due, uint32_t messages) {
    const std::string& channel = names_[turn_++ % names_.size()];
    if (context_->shape.batch == 1) {
      const std::string_view value = payload_.Value(due);
      RETURN_IF_ERROR(channels_->Publish(channel, value).status());
      return value.size();
    }
    uint64_t bytes = 0;
    values_.resize(messages);
    for (std::string& value : values_) {
      value.assign(payload_.Value(due));
      bytes += value.size();
    }
    const std::vector<std::string_view> views(values_.begin(), values_.end());
    RETURN_IF_ERROR(channels_->PublishBatch(channel, views).status());
    return bytes;
  }

  LoadContext* const context_;
  Recorder* const recorder_;
  const uint32_t index_;
  Channels* const channels_;
  const std::vector<std::string> names_;
  Payload payload_;
  uint64_t turn_;
  std::vector<std::string> values_;
};

}  // namespace

std::unique_ptr<LoadWorker> MakeAppender(LoadContext* context, uint32_t index,
                                         std::vector<Stream> streams) {
  return std::make_unique<Appender>(context, index, std::move(streams));
}

std::unique_ptr<LoadWorker> MakePublisher(LoadContext* context, uint32_t index,
                                          Channels* channels) {
  return std::make_unique<Publisher>(context, index, channels);
}

}  // namespace evlog::cli

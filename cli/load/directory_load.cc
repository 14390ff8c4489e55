#include "cli/load/directory_load.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/load/directory_producers.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

std::string GroupName(uint32_t group) { return "g" + std::to_string(group); }

// What consumers share: how they note what came.
class Consumer : public LoadWorker {
 public:
  explicit Consumer(LoadContext* context)
      : context_(context), recorder_(context->AddRecorder()), stop_(context->all.get_token()) {}

 protected:
  bool filled() const { return context_->shape.filled(); }
  const std::stop_token& stop() const { return stop_; }
  LoadContext* context() const { return context_; }
  Recorder* recorder() const { return recorder_; }

  void Failed(const absl::Status& status) {
    if (!absl::IsCancelled(status)) recorder_->RecordError(MessageOf(status));
  }

  // Of entries that came at `now`, in order.
  void Note(const ChunkView& view) {
    for (const EntryView& entry : view) {
      const std::string_view value = entry.fields.Find(kLoadField).value_or(std::string_view());
      bytes_ += value.size();
      if (filled()) continue;
      const std::optional<Nanos> since = StampOf(value);
      if (since) samples_.push_back({*since, static_cast<uint32_t>(value.size())});
    }
    entries_ += view.size();
  }

  // What was noted since the last time was asked for at `since`. Answers how much it was.
  uint64_t Record(Nanos since, Nanos now) {
    if (filled()) {
      recorder_->Record(Measure::kRead, now, since, entries_, bytes_);
    } else {
      recorder_->RecordEach(Measure::kDelivery, now, samples_);
    }
    samples_.clear();
    bytes_ = 0;
    return std::exchange(entries_, 0);
  }

 private:
  LoadContext* const context_;
  Recorder* const recorder_;
  const std::stop_token stop_;
  std::vector<Recorder::Sample> samples_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

// Reads all of a stream, following it while producers append.
class Reader : public Consumer {
 public:
  Reader(LoadContext* context, Cursor cursor) : Consumer(context), cursor_(std::move(cursor)) {}

  void Run() override {
    ChunkView view;
    while (!stop().stop_requested()) {
      const Nanos since = context()->Now();
      const absl::StatusOr<bool> more = cursor_.Next(&view, absl::InfiniteFuture(), stop());
      if (!more.ok()) return Failed(more.status());
      const Nanos came = context()->Now();
      Note(view);
      // What is there already is read when all of it was looked at.
      context()->received += Record(since, filled() ? context()->Now() : came);
    }
  }

 private:
  Cursor cursor_;
};

class GroupConsumer : public Consumer {
 public:
  GroupConsumer(LoadContext* context, Group group, std::string name)
      : Consumer(context), group_(std::move(group)), name_(std::move(name)) {}

  void Run() override {
    GroupReadOptions options;
    options.count = context()->shape.fetch;
    options.deadline = absl::InfiniteFuture();
    options.stop = stop();
    while (!stop().stop_requested()) {
      const Nanos since = context()->Now();
      const absl::StatusOr<Deliveries> got = group_.Read(name_, options);
      if (!got.ok()) return Failed(got.status());
      const Nanos came = context()->Now();
      for (const Delivery& delivery : got->runs) Note(delivery.entries);
      const uint64_t entries = Record(since, came);
      const Nanos asked = context()->Now();
      const absl::StatusOr<uint64_t> acked = group_.Ack(got->receipt);
      if (!acked.ok()) return Failed(acked.status());
      recorder()->Record(Measure::kAck, context()->Now(), asked, *acked, 0);
      context()->received += entries;
    }
  }

 private:
  Group group_;
  const std::string name_;
};

// A subscription, whose handler runs on a thread that the log's channels have for it.
class Subscriber : public LoadWorker {
 public:
  explicit Subscriber(LoadContext* context)
      : context_(context), recorder_(context->AddRecorder()) {}

  absl::Status Subscribe(Channels* channels, const std::string& channel) {
    // The publisher waits where a real one might lose messages: what is measured is what goes
    // through.
    SubscribeOptions options;
    options.overflow = Overflow::kBlock;
    options.workers = 1;
    ASSIGN_OR_RETURN(
        subscription_, channels->Subscribe(channel, options, [this](const Message& message) {
          const Nanos now = context_->Now();
          const std::optional<Nanos> since = StampOf(message.payload());
          if (!since) return;
          recorder_->Record(Measure::kDelivery, now, *since, 1, message.payload().size());
          ++context_->received;
        }));
    return absl::OkStatus();
  }

  void Run() override {}
  bool needs_thread() const override { return false; }

 private:
  LoadContext* const context_;
  Recorder* const recorder_;
  Subscription subscription_;
};

class DirectoryLoad : public LoadTarget {
 public:
  explicit DirectoryLoad(OpenedLog log) : log_(std::move(log)) {}

  absl::Status Prepare(const LoadShape& shape) override {
    if (shape.kind == LoadKind::kPubsub) return absl::OkStatus();
    StreamOptions options;
    options.partitions = shape.partitions.value_or(1);
    options.durability = shape.durability.value_or(Durability::kSync);
    GroupOptions group;
    group.ack_wait = absl::InfiniteDuration();  // what comes twice would count twice
    group.durability = shape.durability == Durability::kSync ? Durability::kSync : Durability::kOs;
    for (const std::string& name : shape.Names()) {
      absl::StatusOr<Stream> stream = log_->CreateStream(name, options);
      if (absl::IsAlreadyExists(stream.status())) return StreamExists(name);
      if (!stream.ok()) return stream.status();
      streams_.push_back(*std::move(stream));
      if (shape.kind != LoadKind::kConsume) continue;
      for (uint32_t g = 0; g != shape.groups; ++g) {
        RETURN_IF_ERROR(log_->CreateGroup(name, GroupName(g), group).status());
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<LoadWorkers> MakeProducers(LoadContext* context) override {
    LoadWorkers workers;
    for (uint32_t i = 0; i != context->shape.producers; ++i) {
      workers.push_back(context->shape.kind == LoadKind::kPubsub
                            ? MakePublisher(context, i, &log_->channels())
                            : MakeAppender(context, i, streams_));
    }
    return workers;
  }

  absl::StatusOr<LoadWorkers> MakeConsumers(LoadContext* context) override {
    LoadWorkers workers;
    for (const std::string& name : context->shape.Names()) {
      for (uint32_t i = 0; i != context->shape.consumers; ++i) {
        RETURN_IF_ERROR(AddConsumers(context, name, i, &workers));
      }
    }
    return workers;
  }

  absl::Status Finish(bool keep) override {
    if (!keep) {
      for (const Stream& stream : streams_) {
        const absl::Status dropped = log_->DropStream(stream.name());
        if (!absl::IsNotFound(dropped)) RETURN_IF_ERROR(dropped);
      }
    }
    return keep || streams_.empty() ? log_->Close() : MaintainAndClose(*log_);
  }

 private:
  // The i-th of one stream or channel; of groups, that of each.
  absl::Status AddConsumers(LoadContext* context, const std::string& name, uint32_t i,
                            LoadWorkers* workers) {
    switch (context->shape.kind) {
      case LoadKind::kAppend:
        break;
      case LoadKind::kRead: {
        ASSIGN_OR_RETURN(Cursor cursor, log_->Read({.stream = name}));
        workers->push_back(std::make_unique<Reader>(context, std::move(cursor)));
        break;
      }
      case LoadKind::kConsume:
        for (uint32_t g = 0; g != context->shape.groups; ++g) {
          ASSIGN_OR_RETURN(Group group, log_->OpenGroup(name, GroupName(g)));
          workers->push_back(
              std::make_unique<GroupConsumer>(context, std::move(group), "c" + std::to_string(i)));
        }
        break;
      case LoadKind::kPubsub: {
        auto subscriber = std::make_unique<Subscriber>(context);
        RETURN_IF_ERROR(subscriber->Subscribe(&log_->channels(), name));
        workers->push_back(std::move(subscriber));
        break;
      }
    }
    return absl::OkStatus();
  }

  OpenedLog log_;
  std::vector<Stream> streams_;  // made by this run
};

}  // namespace

std::unique_ptr<LoadTarget> MakeDirectoryLoad(OpenedLog log) {
  return std::make_unique<DirectoryLoad>(std::move(log));
}

}  // namespace evlog::cli

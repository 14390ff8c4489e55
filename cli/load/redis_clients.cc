#include "cli/load/redis_clients.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/load/payload.h"

namespace evlog::cli {
namespace {

// A wait at the server that is over before a silent connection would look like a dead one.
constexpr char kBlockMs[] = "5000";

class RedisProducer : public LoadClient {
 public:
  RedisProducer(LoadContext* of, uint32_t index, std::unique_ptr<RedisConnection> connection)
      : LoadClient(of, std::move(connection)),
        index_(index),
        pipeline_(of->shape.pipeline),
        payload_(of->shape.sizes, of->shape.keys, index),
        turn_(index),
        under_way_(pipeline_) {
    const bool publish = of->shape.kind == LoadKind::kPubsub;
    for (const std::string& name : of->shape.Names()) {
      std::string& head = heads_.emplace_back();
      BeginCommand(publish ? 3 : of->shape.keys == 0 ? 5 : 7, &head);
      AppendArgument(publish ? "PUBLISH" : "XADD", &head);
      AppendArgument(name, &head);
    }
    if (publish) return;
    AppendArgument("*", &middle_);
    AppendArgument(kLoadField, &middle_);
  }

  Nanos Ask(Nanos now, bool ending) override {
    ended_ = ended_ || ending;
    if (ended_) return kNever;
    if (!pacing_.has_value()) pacing_.emplace(context()->PlanOf(index_));
    // Half a pipeline at least goes together: each call of the system costs more than a request.
    if (!pacing_->paced() && count_ > pipeline_ / 2) return kNever;
    while (count_ != pipeline_) {
      const Nanos due = pacing_->Due(now);
      ended_ = due == kNever;
      if (due > now) return due;
      Send(due);
    }
    return kNever;
  }
  bool done() const override { return ended_ && count_ == 0; }
  uint64_t under_way() const override { return count_; }

  void OnValue(const ReplyValue& value) override {
    if (value.kind == ReplyValue::Kind::kError) error_ = value.text;
  }
  void OnReply() override {
    if (count_ == 0) return;
    const Recorder::Sample sent = under_way_[first_];
    first_ = first_ + 1 == pipeline_ ? 0 : first_ + 1;
    --count_;
    if (error_.empty()) {
      answered_.push_back(sent);
    } else {
      errors_.push_back(std::exchange(error_, {}));
    }
  }
  void Note(Recorder* recorder, Nanos now) override {
    recorder->RecordEach(Measure::kSend, now, answered_);
    context()->sent += answered_.size();
    answered_.clear();
    for (const std::string& error : errors_) recorder->RecordError(error);
    errors_.clear();
  }

 private:
  void Send(Nanos due) {
    std::string* const out = pipe().out();
    out->append(heads_[turn_++ % heads_.size()]);
    if (const std::optional<std::string_view> key = payload_.Key()) {
      AppendArgument("KEY", out);
      AppendArgument(*key, out);
    }
    out->append(middle_);
    const std::string_view value = payload_.Value(due);
    AppendArgument(value, out);
    pacing_->Sent(due, 1);
    const size_t last = first_ + count_++;
    under_way_[last < pipeline_ ? last : last - pipeline_] = {due,
                                                              static_cast<uint32_t>(value.size())};
  }

  const uint32_t index_;
  const size_t pipeline_;
  Payload payload_;
  uint64_t turn_;
  std::vector<std::string> heads_;  // of commands, by stream or channel
  std::string middle_;              // what stands before the value
  std::optional<Pacing> pacing_;    // once the times of the run are set
  bool ended_ = false;
  std::vector<Recorder::Sample> under_way_;  // a ring
  size_t first_ = 0;
  size_t count_ = 0;
  std::string error_;  // of the reply that is being read
  std::vector<Recorder::Sample> answered_;
  std::vector<std::string> errors_;
};

// What came, until it is noted.
class Arrivals {
 public:
  void Add(std::string_view value) {
    ++entries_;
    bytes_ += value.size();
    const std::optional<Nanos> since = StampOf(value);
    if (since) samples_.push_back({*since, static_cast<uint32_t>(value.size())});
  }

  // `asked`: when they were asked for, where that is measured. Answers how many there were.
  uint64_t Note(Recorder* recorder, Nanos now, std::optional<Nanos> asked) {
    if (entries_ == 0) return 0;
    if (asked) {
      recorder->Record(Measure::kRead, now, *asked, entries_, bytes_);
    } else {
      recorder->RecordEach(Measure::kDelivery, now, samples_);
    }
    samples_.clear();
    bytes_ = 0;
    return std::exchange(entries_, 0);
  }

 private:
  std::vector<Recorder::Sample> samples_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

// Places in a reply of XREAD and XREADGROUP: streams, each [name, entries], each [id, fields].
bool IsId(const ReplyValue& value) {
  return value.kind == ReplyValue::Kind::kText && value.depth == 4 && value.index == 0;
}
bool IsFieldValue(const ReplyValue& value) {
  return value.kind == ReplyValue::Kind::kText && value.depth == 5 && value.index % 2 == 1;
}

class RedisReader : public LoadClient {
 public:
  RedisReader(LoadContext* of, const std::string& stream,
              std::unique_ptr<RedisConnection> connection)
      : LoadClient(of, std::move(connection)) {
    BeginCommand(8, &head_);
    for (const std::string& word :
         {std::string("XREAD"), std::string("COUNT"), std::to_string(of->shape.fetch),
          std::string("BLOCK"), std::string(kBlockMs), std::string("STREAMS"), stream}) {
      AppendArgument(word, &head_);
    }
  }

  Nanos Ask(Nanos now, bool) override {
    if (asked_) return kNever;
    asked_ = true;
    since_ = now;
    pipe().out()->append(head_);
    AppendArgument(last_, pipe().out());
    return kNever;
  }
  bool done() const override { return failed_; }

  void OnValue(const ReplyValue& value) override {
    if (IsId(value)) last_ = value.text;
    if (IsFieldValue(value)) arrivals_.Add(value.text);
    if (value.kind == ReplyValue::Kind::kError) error_ = value.text;
  }
  void OnReply() override { asked_ = false; }
  void Note(Recorder* recorder, Nanos now) override {
    // A reply that is not whole yet is noted when it is.
    if (asked_) return;
    const bool filled = context()->shape.filled();
    context()->received +=
        arrivals_.Note(recorder, now, filled ? std::optional(since_) : std::nullopt);
    if (error_.empty()) return;
    recorder->RecordError(error_);
    failed_ = true;
  }

 private:
  std::string head_;  // of the command, up to the id
  std::string last_ = "0-0";
  bool asked_ = false;
  Nanos since_ = 0;
  Arrivals arrivals_;
  std::string error_;
  bool failed_ = false;
};

class RedisConsumer : public LoadClient {
 public:
  RedisConsumer(LoadContext* of, const std::string& stream, const std::string& group,
                const std::string& consumer, std::unique_ptr<RedisConnection> connection)
      : LoadClient(of, std::move(connection)) {
    BeginCommand(11, &read_);
    for (const std::string& word :
         {std::string("XREADGROUP"), std::string("GROUP"), group, consumer, std::string("COUNT"),
          std::to_string(of->shape.fetch), std::string("BLOCK"), std::string(kBlockMs),
          std::string("STREAMS"), stream, std::string(">")}) {
      AppendArgument(word, &read_);
    }
    AppendArgument("XACK", &ack_);
    AppendArgument(stream, &ack_);
    AppendArgument(group, &ack_);
  }

  Nanos Ask(Nanos now, bool) override {
    if (acking_ || reading_) return kNever;
    if (ids_ != 0) {
      BeginCommand(3 + ids_, pipe().out());
      pipe().out()->append(ack_).append(encoded_ids_);
      encoded_ids_.clear();
      ids_ = 0;
      acking_ = true;
    }
    pipe().out()->append(read_);
    reading_ = true;
    since_ = now;
    return kNever;
  }
  bool done() const override { return failed_; }

  void OnValue(const ReplyValue& value) override {
    if (IsId(value)) {
      AppendArgument(value.text, &encoded_ids_);
      ++ids_;
    }
    if (IsFieldValue(value)) arrivals_.Add(value.text);
    if (acking_ && value.kind == ReplyValue::Kind::kNumber) acked_ = value.number;
    if (value.kind == ReplyValue::Kind::kError) error_ = value.text;
  }
  void OnReply() override { (acking_ ? acking_ : reading_) = false; }

  void Note(Recorder* recorder, Nanos now) override {
    if (acked_ != 0) {
      recorder->Record(Measure::kAck, now, since_, static_cast<uint64_t>(acked_), 0);
      context()->received += static_cast<uint64_t>(acked_);
      acked_ = 0;
    }
    if (!reading_) {
      const bool filled = context()->shape.filled();
      arrivals_.Note(recorder, now, filled ? std::optional(since_) : std::nullopt);
    }
    if (error_.empty()) return;
    recorder->RecordError(error_);
    failed_ = true;
  }

 private:
  std::string read_;  // the command
  std::string ack_;   // its arguments, up to the ids
  std::string encoded_ids_;
  size_t ids_ = 0;
  bool acking_ = false;   // the next reply is that of an XACK
  bool reading_ = false;  // and then that of an XREADGROUP
  Nanos since_ = 0;       // when both were asked for
  int64_t acked_ = 0;
  Arrivals arrivals_;
  std::string error_;
  bool failed_ = false;
};

class RedisSubscriber : public LoadClient {
 public:
  using LoadClient::LoadClient;

  Nanos Ask(Nanos, bool) override { return kNever; }
  bool done() const override { return false; }
  void OnValue(const ReplyValue& value) override {
    // [message, channel, payload]
    const bool payload =
        value.kind == ReplyValue::Kind::kText && value.depth == 1 && value.index == 2;
    if (payload) arrivals_.Add(value.text);
  }
  void OnReply() override {}
  void Note(Recorder* recorder, Nanos now) override {
    context()->received += arrivals_.Note(recorder, now, std::nullopt);
  }

 private:
  Arrivals arrivals_;
};

}  // namespace

std::unique_ptr<LoadClient> MakeRedisProducer(LoadContext* context, uint32_t index,
                                              std::unique_ptr<RedisConnection> connection) {
  return std::make_unique<RedisProducer>(context, index, std::move(connection));
}

std::unique_ptr<LoadClient> MakeRedisReader(LoadContext* context, const std::string& stream,
                                            std::unique_ptr<RedisConnection> connection) {
  return std::make_unique<RedisReader>(context, stream, std::move(connection));
}

std::unique_ptr<LoadClient> MakeRedisConsumer(LoadContext* context, const std::string& stream,
                                              const std::string& group, const std::string& consumer,
                                              std::unique_ptr<RedisConnection> connection) {
  return std::make_unique<RedisConsumer>(context, stream, group, consumer, std::move(connection));
}

std::unique_ptr<LoadClient> MakeRedisSubscriber(LoadContext* context,
                                                std::unique_ptr<RedisConnection> connection) {
  return std::make_unique<RedisSubscriber>(context, std::move(connection));
}

}  // namespace evlog::cli

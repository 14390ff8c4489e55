// Where a replay sends entries on a server: a stream, or a channel.
#include <utility>

#include "cli/replay_target.h"
#include "cli/target/redis_connection.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr uint64_t kUnderWayMax = 1000;
constexpr size_t kBlockBytes = size_t{64} << 10;
constexpr absl::Duration kKeepInterval = absl::Seconds(1);

class ServerTarget : public ReplayTarget {
 public:
  ServerTarget(std::unique_ptr<RedisConnection> connection, ServerTargetOptions options)
      : connection_(std::move(connection)),
        options_(std::move(options)),
        done_(options_.begin),
        kept_(options_.clock->Now()) {}

  absl::Status Add(const EntryView& entry, const Origin& origin) override {
    command_.clear();
    if (options_.formatter != nullptr) {
      payload_.clear();
      options_.formatter->Append(entry, origin, &payload_);
      payload_.pop_back();  // the end of a line
      BeginCommand(3, &command_);
      for (const std::string_view word :
           {std::string_view("PUBLISH"), name(), std::string_view(payload_)}) {
        AppendArgument(word, &command_);
      }
    } else {
      BeginCommand(3 + 2 * entry.fields.size(), &command_);
      for (const std::string_view word :
           {std::string_view("XADD"), name(), std::string_view("*")}) {
        AppendArgument(word, &command_);
      }
      for (const FieldView& field : entry.fields) {
        AppendArgument(field.name, &command_);
        AppendArgument(field.value, &command_);
      }
    }
    RETURN_IF_ERROR(connection_->SendEncoded(command_));
    bytes_ += command_.size();
    taken_.push_back({entry.id, origin.position});
    return taken_.size() >= kUnderWayMax || bytes_ >= kBlockBytes ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() override {
    bytes_ = 0;
    absl::Status failed;
    for (const Taken& taken : std::exchange(taken_, {})) {
      ASSIGN_OR_RETURN(const RedisReply reply, connection_->Receive());
      // What was answered behind an error may be done, but is not in order.
      if (reply->type == REDIS_REPLY_ERROR && failed.ok()) failed = connection_->StatusOf(*reply);
      if (failed.ok()) done_.Advance(taken.id, taken.position);
    }
    RETURN_IF_ERROR(failed);
    return Keep();
  }

  absl::Status Finish() override { return Flush(); }
  Progress done() const override { return done_; }

 private:
  struct Taken {
    EntryId id;
    Position position;
  };

  std::string_view name() const { return options_.name; }

  // Now and then, so that a replay that is killed does not begin anew.
  absl::Status Keep() {
    const absl::Time now = options_.clock->Now();
    if (options_.keep == nullptr || now - kept_ < kKeepInterval) return absl::OkStatus();
    kept_ = now;
    return options_.keep(done_);
  }

  const std::unique_ptr<RedisConnection> connection_;
  const ServerTargetOptions options_;
  std::string command_;
  std::string payload_;
  size_t bytes_ = 0;
  std::vector<Taken> taken_;  // sent, and not answered yet
  Progress done_;
  absl::Time kept_;
};

}  // namespace

std::unique_ptr<ReplayTarget> MakeServerTarget(std::unique_ptr<RedisConnection> connection,
                                               ServerTargetOptions options) {
  return std::make_unique<ServerTarget>(std::move(connection), std::move(options));
}

}  // namespace evlog::cli

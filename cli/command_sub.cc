// evlog sub: prints the messages of channels of a server as they come.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/target/open_target.h"
#include "cli/target/redis_link.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Works on any server that speaks Redis' protocol. A message that comes while the connection "
    "is\n"
    "lost is missed; that it was lost is told on stderr.\n"
    "Examples:\n"
    "  evlog sub news weather --at redis://127.0.0.1:6479\n"
    "  evlog sub 'events.*' --pattern --format json --at redis://127.0.0.1:6479 | jq .message";

// A server that says nothing for so long is asked whether it is there, and answers within this.
constexpr absl::Duration kQuiet = absl::Seconds(30);
constexpr absl::Duration kPatience = absl::Seconds(15);

class SubCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("CHANNEL", channels_, "The channels, or with --pattern patterns of them")
        ->required();
    app->add_flag("--pattern", pattern_, "All channels whose names match: * ? [a-z], \\ to escape");
    app->add_option("-n", count_, "End after so many messages")->type_name("N");
    app->add_option(
           "--timeout", timeout_,
           "End when nothing came for so long (10s, 1h30m); exit code 5 if nothing ever came")
        ->type_name("DURATION");
    app->add_option("--format", format_, "text, json, or raw: the message alone")
        ->check(CLI::IsMember({"text", "json", "raw"}))
        ->type_name("FORMAT")
        ->capture_default_str();
    app->add_flag("-0", zero_, "End each message with a zero byte instead of a newline");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    absl::Duration timeout = absl::InfiniteDuration();
    if (timeout_.has_value()) {
      const absl::StatusOr<absl::Duration> parsed = ParseDuration(*timeout_);
      if (!parsed.ok()) return Annotate(parsed.status(), "--timeout");
      timeout = *parsed;
    }
    ASSIGN_OR_RETURN(const RedisPlace place, PlaceOf(env));
    ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place.Connect());
    RedisLink link(place, std::move(connection));
    RETURN_IF_ERROR(Subscribe(&link));
    env.interrupt->WatchOutput(env.output->fd());
    absl::Time patience = env.clock->Now() + timeout;
    while (printed_ < count_ && !env.output->closed()) {
      const uint64_t before = printed_;
      const absl::Status waited = Next(env, &link, patience);
      if (absl::IsCancelled(waited)) break;
      if (absl::IsDeadlineExceeded(waited)) {
        RETURN_IF_ERROR(env.output->Flush());
        return printed_ == 0 ? ExitCode::kNothingCame : ExitCode::kOk;
      }
      RETURN_IF_ERROR(waited);
      if (printed_ != before) patience = env.clock->Now() + timeout;
    }
    RETURN_IF_ERROR(env.output->Flush());
    return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  absl::Status Subscribe(RedisLink* link) const {
    RedisCommand command = {pattern_ ? "PSUBSCRIBE" : "SUBSCRIBE"};
    command.insert(command.end(), channels_.begin(), channels_.end());
    // Its replies, one a channel, come like messages.
    RETURN_IF_ERROR(link->connection().Send(command));
    return link->connection().Flush();
  }

  // Prints a message if one comes until `patience`. Errors: DEADLINE_EXCEEDED, CANCELLED.
  absl::Status Next(Environment& env, RedisLink* link, absl::Time patience) {
    const absl::Duration left = patience - env.clock->Now();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("nothing came");
    const RedisWait wait = {std::min(left, asked_ ? kPatience : kQuiet), env.interrupt};
    absl::StatusOr<RedisReply> reply = link->connection().Receive(wait);
    absl::Status lost = reply.status();
    if (absl::IsDeadlineExceeded(lost)) {
      if (left <= wait.patience) return lost;
      if (!asked_) {
        asked_ = true;
        return link->connection().Send({"PING"});
      }
      lost = absl::UnavailableError(MessageOf(lost));
    }
    if (absl::IsUnavailable(lost)) {
      RETURN_IF_ERROR(env.output->Flush());
      RETURN_IF_ERROR(link->Reconnect(lost, patience, "with what comes now"));
      asked_ = false;
      return Subscribe(link);
    }
    RETURN_IF_ERROR(lost);
    asked_ = false;
    if ((*reply)->type == REDIS_REPLY_ERROR) return link->connection().StatusOf(**reply);
    Print(**reply, env.output->buffer());
    // Whatever came together is written together.
    return link->connection().HasReply() ? env.output->FlushIfFull() : env.output->Flush();
  }

  void Print(const redisReply& reply, std::string* out) {
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements < 3) return;
    const std::string_view kind = TextOf(*reply.element[0]);
    const bool matched = kind == "pmessage" && reply.elements == 4;
    if (kind != "message" && !matched) return;
    const std::string_view channel = TextOf(*reply.element[reply.elements - 2]);
    const std::string_view message = TextOf(*reply.element[reply.elements - 1]);
    if (format_ == "json") {
      out->append("{\"channel\":");
      AppendJsonBytes(channel, out);
      out->append(",\"pattern\":");
      if (matched) {
        AppendJsonBytes(TextOf(*reply.element[1]), out);
      } else {
        out->append("null");
      }
      out->append(",\"message\":");
      AppendJsonBytes(message, out);
      out->push_back('}');
    } else if (format_ == "raw") {
      out->append(message);
    } else {
      AppendWord(channel, out);
      out->append("  ");
      AppendWord(message, out);
    }
    out->push_back(zero_ ? '\0' : '\n');
    ++printed_;
  }

  std::vector<std::string> channels_;
  bool pattern_ = false;
  uint64_t count_ = UINT64_MAX;
  std::optional<std::string> timeout_;
  std::string format_ = "text";
  bool zero_ = false;

  uint64_t printed_ = 0;
  bool asked_ = false;  // whether it is there, and it has not answered yet
};

}  // namespace

std::unique_ptr<Command> MakeSubCommand() { return std::make_unique<SubCommand>(); }

}  // namespace evlog::cli

// evlog pub: publishes messages to a channel of a server.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/line_reader.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Works on any server that speaks Redis' protocol. It prints how many subscribers got it.\n"
    "Examples:\n"
    "  evlog pub news 'hello there' --at redis://127.0.0.1:6479\n"
    "  tail -f app.log | evlog pub logs --lines --at redis://127.0.0.1:6479";

constexpr size_t kLineBytesMax = size_t{16} << 20;
constexpr uint64_t kUnderWayMax = 1000;
constexpr size_t kBytesMax = size_t{256} << 10;

class PubCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("CHANNEL", channel_, "The channel")->required();
    app->add_option("MESSAGE|FILE", arguments_, "The message; with --lines: files (- is stdin)");
    app->add_flag("--lines", lines_, "Each line is a message");
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!lines_ && arguments_.size() != 1) {
      return InvalidArgument("give one MESSAGE, or --lines");
    }
    ASSIGN_OR_RETURN(const RedisPlace place, PlaceOf(env));
    ASSIGN_OR_RETURN(connection_, place.Connect());
    absl::Status ended;
    if (lines_) {
      if (arguments_.empty()) arguments_ = {"-"};
      for (const std::string& file : arguments_) {
        if (ended.ok()) ended = PublishFile(env, file);
      }
    } else {
      ended = Publish(arguments_.front());
    }
    const absl::Status finished = Receive(0);
    if (ended.ok() || absl::IsCancelled(ended)) RETURN_IF_ERROR(finished);
    if (!absl::IsCancelled(ended)) RETURN_IF_ERROR(ended);
    RETURN_IF_ERROR(Report(env));
    return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  absl::Status PublishFile(Environment& env, const std::string& file) {
    if (file == "-") return PublishFrom(env, env.input_fd);
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      return Error(errno == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
                   "{}: {}", file, strerror(errno));
    }
    absl::Status status = PublishFrom(env, fd);
    close(fd);
    return status;
  }

  absl::Status PublishFrom(Environment& env, int fd) {
    // What was read is published before it waits for more.
    FdSource bytes(fd, env.interrupt->wake_fd(), [this] { return Receive(0); });
    Input input(&bytes, kLineBytesMax);
    LineReader reader(&input);
    std::string_view line;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
      if (!more) return absl::OkStatus();
      RETURN_IF_ERROR(Publish(line));
    }
  }

  absl::Status Publish(std::string_view message) {
    command_.clear();
    BeginCommand(3, &command_);
    AppendArgument("PUBLISH", &command_);
    AppendArgument(channel_, &command_);
    AppendArgument(message, &command_);
    RETURN_IF_ERROR(connection_->SendEncoded(command_));
    bytes_ += command_.size();
    return ++under_way_ < kUnderWayMax && bytes_ < kBytesMax ? absl::OkStatus() : Receive(0);
  }

  // Awaits answers until so many are left to come.
  absl::Status Receive(uint64_t left) {
    bytes_ = 0;
    for (; under_way_ > left; --under_way_) {
      ASSIGN_OR_RETURN(const RedisReply reply, connection_->Receive());
      if (reply->type == REDIS_REPLY_ERROR) return connection_->StatusOf(*reply);
      ++messages_;
      receivers_ += static_cast<uint64_t>(NumberOf(*reply));
    }
    return absl::OkStatus();
  }

  absl::Status Report(Environment& env) const {
    auto out = std::back_inserter(*env.output->buffer());
    if (format_ == "json") {
      fmt::format_to(out, "{{\"messages\":{},\"receivers\":{}}}\n", messages_, receivers_);
    } else {
      fmt::format_to(out, "{}\n", receivers_);
    }
    return env.output->Flush();
  }

  std::string channel_;
  std::vector<std::string> arguments_;
  bool lines_ = false;
  std::string format_ = "text";

  std::unique_ptr<RedisConnection> connection_;
  std::string command_;
  uint64_t under_way_ = 0;
  size_t bytes_ = 0;  // of what is under way
  uint64_t messages_ = 0;
  uint64_t receivers_ = 0;  // of all messages together
};

}  // namespace

std::unique_ptr<Command> MakePubCommand() { return std::make_unique<PubCommand>(); }

}  // namespace evlog::cli

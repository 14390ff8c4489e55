// evlog bench append, read, consume, pubsub: puts load on a log and says how it took it.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "cli/command.h"
#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/load/directory_load.h"
#include "cli/load/plot.h"
#include "cli/load/redis_load.h"
#include "cli/load/report.h"
#include "cli/load/run.h"
#include "cli/size.h"
#include "cli/target.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Where nothing says how much: so long, or so many entries to read.
constexpr absl::Duration kDuration = absl::Seconds(10);
constexpr uint64_t kFilled = 100'000;

constexpr char kFooter[] =
    "Streams are bench-0, bench-1, ...: made by the run, which is refused where they exist, and "
    "dropped\n"
    "at its end. Latencies count from when a request was due. Exit code 1: something failed, or "
    "did\n"
    "not arrive. docs/cli.md says more.\n";

constexpr const char* kExamples[] = {
    "Examples:\n"
    "  evlog bench append --temp --durability os --producers 4 --batch 100\n"
    "  evlog bench append --at redis://127.0.0.1:6479 --producers 50 --pipeline 16\n"
    "  evlog bench append --at /var/lib/log --rate 5000/s --duration 1m --plot append.svg",
    "Examples:\n"
    "  evlog bench read --temp --count 1000000 --size 200\n"
    "  evlog bench read --at redis://127.0.0.1:6479 --producers 4 --rate 10000/s",
    "Examples:\n"
    "  evlog bench consume --temp --count 1000000 --consumers 4\n"
    "  evlog bench consume --at redis://127.0.0.1:6479 --producers 2 --rate 5000/s --groups 3",
    "Examples:\n"
    "  evlog bench pubsub --at redis://127.0.0.1:6479 --consumers 10 --rate 20000/s\n"
    "  evlog bench pubsub --temp --producers 2"};

// Without a word in the help, which the errors have.
CLI::Validator Within(int64_t low, int64_t high) {
  return CLI::Validator(CLI::Range(low, high)).description("");
}

// A directory that is gone with this object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() = default;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  absl::Status Make() {
    const char* const parent = getenv("TMPDIR");
    std::string path = parent == nullptr || *parent == '\0' ? "/tmp" : parent;
    path += "/evlog-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, path);
    path_ = std::move(path);
    return absl::OkStatus();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class BenchCommand : public Command {
 public:
  explicit BenchCommand(LoadKind kind) {
    shape_.kind = kind;
    shape_.producers = kind == LoadKind::kAppend || kind == LoadKind::kPubsub ? 1 : 0;
  }

  void AddOptions(CLI::App* app) override {
    app->footer(std::string(kFooter) + kExamples[static_cast<size_t>(shape_.kind)]);
    AddWho(app);
    AddWhat(app);
    AddHowMuch(app);
    app->add_flag("--temp", temporary_,
                  "On a new log in a temporary directory ($TMPDIR, or /tmp), which goes again");
    app->add_option("--format", format_, "text, json: one object; or csv: a row for each interval")
        ->check(CLI::IsMember({"text", "json", "csv"}))
        ->type_name("FORMAT")
        ->capture_default_str();
    app->add_option("--plot", plot_, "Write a picture of the run to this file")
        ->type_name("FILE.svg");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(ReadOptions());
    RETURN_IF_ERROR(CheckShape(shape_));
    if (!plot_.empty()) RETURN_IF_ERROR(CheckPlot(plot_));
    TemporaryDirectory directory;
    std::string at;
    ASSIGN_OR_RETURN(const std::unique_ptr<LoadTarget> target, OpenLoad(env, &directory, &at));
    LoadRunOptions options{env.clock, env.status, env.interrupt->token()};
    if (format_ == "csv") {
      AppendCsvHeader(env.output->buffer());
      options.on_interval = [this, &env](const Interval& interval) {
        env.status->EndProgress();  // it may be the same terminal
        AppendCsvRows(shape_, interval, env.output->buffer());
        // What fails here fails again at the end.
        env.output->Flush().IgnoreError();
      };
    }
    ASSIGN_OR_RETURN(LoadResult result, RunLoad(shape_, target.get(), options));
    result.at = std::move(at);
    if (format_ == "text") AppendTextReport(result, env.output->buffer());
    if (format_ == "json") AppendJsonReport(result, env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    if (!plot_.empty()) RETURN_IF_ERROR(WritePlot(result, plot_));
    if (format_ == "csv") SayErrors(env, result);
    if (env.interrupt->signalled()) return ExitCode::kInterrupted;
    return result.failed() ? ExitCode::kError : ExitCode::kOk;
  }

 private:
  bool pubsub() const { return shape_.kind == LoadKind::kPubsub; }

  // Producers and consumers.
  void AddWho(CLI::App* app) {
    const char* const producers = shape_.producers != 0
                                      ? "How many send"
                                      : "How many append meanwhile; 0: all is appended before";
    app->add_option("--producers", shape_.producers, producers)
        ->check(Within(0, 10'000))
        ->type_name("N")
        ->capture_default_str();
    if (shape_.has_consumers()) {
      app->add_option("--consumers", shape_.consumers,
                      shape_.kind == LoadKind::kConsume ? "How many each group has"
                      : pubsub()                        ? "How many subscribe to each channel"
                                                        : "How many read each stream")
          ->check(Within(1, 10'000))
          ->type_name("N")
          ->capture_default_str();
    }
    if (shape_.kind == LoadKind::kConsume) {
      app->add_option("--groups", shape_.groups, "How many groups each stream has")
          ->check(Within(1, 1000))
          ->type_name("N")
          ->capture_default_str();
    }
    app->add_option(pubsub() ? "--channels" : "--streams", shape_.streams,
                    "How many there are; producers take them in turn")
        ->check(Within(1, 10'000))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--threads", shape_.threads,
                    "Of a server: how many threads drive producers, and consumers")
        ->check(Within(1, 256))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--name", shape_.name, "They are called bench-NAME-0, bench-NAME-1, ...")
        ->type_name("NAME");
  }

  // Entries and requests.
  void AddWhat(CLI::App* app) {
    app->add_option("--size", sizes_, "Bytes of a value: 100, 4kB, or 100..1000, drawn evenly")
        ->type_name("SIZE")
        ->capture_default_str();
    app->add_option("--batch", shape_.batch,
                    pubsub() ? "Messages of one call" : "Entries of one append")
        ->check(Within(1, 100'000))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--pipeline", shape_.pipeline,
                    "Requests that each producer has under way at most")
        ->check(Within(1, 100'000))
        ->type_name("N")
        ->capture_default_str();
    if (pubsub()) return;
    app->add_option("--partitions", partitions_, "Of each stream")
        ->check(Within(1, 1024))
        ->type_name("N");
    app->add_option("--keys", shape_.keys, "How many different keys entries have; 0: none")
        ->check(Within(0, int64_t{1} << 62))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--durability", durability_, "Of the streams: sync, os or async")
        ->type_name("LEVEL");
    app->add_flag("--keep", shape_.keep, "Leave the streams there");
    if (!shape_.has_consumers()) return;
    app->add_option("--fetch", shape_.fetch, "Entries of one request of a consumer at most")
        ->check(Within(1, 100'000))
        ->type_name("N")
        ->capture_default_str();
  }

  void AddHowMuch(CLI::App* app) {
    app->add_option("--rate", rate_, "Entries a second of all producers (5000/s), or max")
        ->type_name("RATE")
        ->capture_default_str();
    app->add_option("--count", count_, "End after so many entries")->type_name("N");
    app->add_option("--duration", duration_, "End after that time (10s without --count)")
        ->type_name("DURATION");
    app->add_option("--warmup", warmup_, "So long before, nothing counts")->type_name("DURATION");
    app->add_option("--interval", interval_, "How long the pieces are that are looked at")
        ->type_name("DURATION")
        ->capture_default_str();
  }

  static absl::Status ReadDuration(const char* flag, const std::optional<std::string>& text,
                                   absl::Duration* duration) {
    if (!text.has_value()) return absl::OkStatus();
    const absl::StatusOr<absl::Duration> parsed = ParseDuration(*text);
    if (!parsed.ok()) return Annotate(parsed.status(), flag);
    // Of a hundred years the nanoseconds still have room.
    if (*parsed > absl::Hours(24) * 36500) return InvalidArgument("{}: that is too long", flag);
    *duration = *parsed;
    return absl::OkStatus();
  }

  absl::Status ReadOptions() {
    ASSIGN_OR_RETURN(shape_.sizes, ParseSizes(sizes_));
    ASSIGN_OR_RETURN(shape_.rate, ParseRate(rate_));
    RETURN_IF_ERROR(ReadDuration("--duration", duration_, &shape_.duration));
    RETURN_IF_ERROR(ReadDuration("--warmup", warmup_, &shape_.warmup));
    RETURN_IF_ERROR(ReadDuration("--interval", interval_, &shape_.interval));
    if (shape_.interval < absl::Milliseconds(1)) {
      return InvalidArgument("--interval: at least 1ms");
    }
    if (durability_) {
      ASSIGN_OR_RETURN(shape_.durability, ParseDurability(*durability_));
    }
    shape_.partitions = partitions_;
    if (count_) {
      const absl::StatusOr<uint64_t> count = ParseCount(*count_);
      if (!count.ok()) return Annotate(count.status(), "--count");
      if (*count == 0) return InvalidArgument("--count 0: nothing would be sent");
      shape_.count = *count;
    } else if (shape_.filled()) {
      shape_.count = kFilled;
    } else if (!duration_) {
      shape_.duration = kDuration;
    }
    if (temporary_ && shape_.keep) {
      return InvalidArgument("--temp and --keep exclude each other");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<LoadTarget>> OpenLoad(const Environment& env,
                                                       TemporaryDirectory* directory,
                                                       std::string* at) const {
    if (temporary_ && !env.at.empty() && !env.at_from_environment) {
      return InvalidArgument("--at and --temp exclude each other");
    }
    if (!temporary_ && IsRedisAddress(env.at)) {
      if (shape_.batch > 1) {
        return InvalidArgument("--batch: for directories; to a server, --pipeline");
      }
      ASSIGN_OR_RETURN(RedisPlace place, PlaceOf(env));
      *at = "redis://" + place.address.Described();
      return MakeRedisLoad(std::move(place));
    }
    if (pubsub() && shape_.pipeline > 1) {
      return InvalidArgument(
          "--pipeline: for servers; in this process a message is published at "
          "once");
    }
    if (temporary_) {
      RETURN_IF_ERROR(directory->Make());
      *at = "a temporary log";
      ASSIGN_OR_RETURN(OpenedLog log, OpenForAppending(Target{directory->path(), 0, env.clock}));
      return MakeDirectoryLoad(std::move(log));
    }
    *at = env.at;
    ASSIGN_OR_RETURN(OpenedLog log, OpenForChanging(env));
    return MakeDirectoryLoad(std::move(log));
  }

  // What the table has no room for.
  void SayErrors(Environment& env, const LoadResult& result) const {
    const std::string what = fmt::format("evlog: {}: ", env.verb);
    if (result.missing != 0) {
      env.status->Say(what + fmt::format("{} entries were not received", result.missing));
    }
    for (const auto& [error, times] : result.errors) {
      env.status->Say(what + fmt::format("{} times: {}", times, error));
    }
  }

  LoadShape shape_;
  std::string sizes_ = "100";
  std::string rate_ = "max";
  std::optional<std::string> count_;
  std::optional<std::string> duration_;
  std::optional<std::string> warmup_;
  std::string interval_ = "1s";
  std::optional<std::string> durability_;
  std::optional<uint32_t> partitions_;
  bool temporary_ = false;
  std::string format_ = "text";
  std::string plot_;
};

}  // namespace

std::unique_ptr<Command> MakeBenchAppendCommand() {
  return std::make_unique<BenchCommand>(LoadKind::kAppend);
}
std::unique_ptr<Command> MakeBenchReadCommand() {
  return std::make_unique<BenchCommand>(LoadKind::kRead);
}
std::unique_ptr<Command> MakeBenchConsumeCommand() {
  return std::make_unique<BenchCommand>(LoadKind::kConsume);
}
std::unique_ptr<Command> MakeBenchPubsubCommand() {
  return std::make_unique<BenchCommand>(LoadKind::kPubsub);
}

}  // namespace evlog::cli

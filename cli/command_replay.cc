// evlog replay: sends a range of a stream or a pattern again, to a stream or to a command.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/checkpoint.h"
#include "cli/command.h"
#include "cli/encode.h"
#include "cli/pace.h"
#include "cli/reading.h"
#include "cli/replay.h"
#include "cli/replay_destination.h"
#include "cli/replay_target.h"
#include "cli/target.h"
#include "cli/target/local_target.h"
#include "cli/target/open_target.h"
#include "log/base/glob.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  evlog replay orders --to orders-copy --checkpoint copy.checkpoint\n"
    "  evlog replay orders --from @-1h --speed 10x --exec './consumer --stdin'\n"
    "  evlog replay 'order-*' --to all-orders --checkpoint all.checkpoint\n"
    "  evlog replay orders --to redis://127.0.0.1:6379/orders --speed 1x\n"
    "\n"
    "With --checkpoint, run it again after any end, kill -9 included, and nothing is lost. Into a\n"
    "stream of a directory nothing comes twice either: entries and progress are one commit. A\n"
    "server may get again what it took in the last second, a command gets whatever it was given\n"
    "since it last ended with 0.";

// A name for ever: that of a stream may change, and be given to another.
absl::StatusOr<std::string> Identify(EventLog& log, uint64_t stream_id) {
  ASSIGN_OR_RETURN(const LogInfo info, log.Describe());
  return fmt::format("stream {} of log {:016x}", stream_id, info.log_id);
}

absl::StatusOr<std::string> IdentifyMany(EventLog& log, const std::string& pattern, int database) {
  ASSIGN_OR_RETURN(const LogInfo info, log.Describe());
  return fmt::format("streams {} of database {} of log {:016x}", Quoted(pattern), database,
                     info.log_id);
}

// The time of the last entry, near enough for a progress line; 0: not known.
uint64_t EndMs(const std::optional<Bound>& until, const std::optional<StreamInfo>& info) {
  const bool timed = until.has_value() &&
                     (until->kind() == Bound::Kind::kId || until->kind() == Bound::Kind::kTime);
  if (!info.has_value()) return timed ? until->id().ms : 0;
  return timed ? std::min(until->id().ms, info->last_id.ms) : info->last_id.ms;
}

// Goes on where the replay ended.
void Resume(const Progress& progress, Selection* selection) {
  ReadRequest& request = selection->request;
  if (progress.position != Position()) {
    request.after = progress.position;
    request.from = Bound::Begin();
    selection->range.first = EntryId::Min();
  } else if (progress.last != EntryId::Min()) {
    request.from = Bound::ExclusiveId(progress.last);
  }
}

// Where a replay comes from, and the directory that it goes to, if it does; one log that is open
// twice where they are the same.
struct Logs {
  std::unique_ptr<LogTarget> source;
  std::optional<OpenedLog> target;
};

class ReplayCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(std::string(kPositionsHelp) + kFooter);
    options_.AddTo(app);
    format_ = app->get_option("--format");
    format_->description("Of a command or channel: json (the default), text, raw, or a template");
    app->add_option("-n", options_.count, "At most so many entries")->type_name("N");
    app->add_option("--to", flags_.to,
                    "Append to this stream, made like STREAM when it is missing; or "
                    "redis://HOST:PORT/STREAM; or channel:NAME of a server")
        ->type_name("STREAM");
    app->add_option("--to-at", flags_.to_at,
                    "The directory, or redis://HOST:PORT, where that is another one")
        ->type_name("DIR|URL");
    app->add_option("--to-db", flags_.to_database,
                    "The database of that stream, where it is another one")
        ->type_name("N");
    app->add_option("--exec", flags_.exec,
                    "Write to the stdin of this shell command, an entry a line")
        ->type_name("COMMAND");
    app->add_option("--speed", speed_, "1x keeps the gaps between entries, 60x is faster; or max")
        ->type_name("SPEED")
        ->capture_default_str();
    app->add_option("--checkpoint", checkpoint_file_,
                    "Keep here how far it has come, and go on from there when run again")
        ->type_name("FILE");
    app->add_flag("--verbose", verbose_, "Say at the end how much it was, also without a terminal");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(to_, ParseDestination(env, flags_));
    RETURN_IF_ERROR(CheckFormat());
    ASSIGN_OR_RETURN(const Pace pace, Pace::Parse(speed_));
    ASSIGN_OR_RETURN(Filter filter, Filter::Make(options_.where, options_.grep, options_.types));
    ASSIGN_OR_RETURN(Selection selection, options_.Select(env.clock->Now()));
    RETURN_IF_ERROR(CheckApart(env, selection.names));
    // What is there now: without an end, a busy writer could keep us for ever.
    if (!selection.request.until.has_value()) selection.request.until = Bound::End();
    std::optional<Checkpoint> checkpoint;
    if (!checkpoint_file_.empty()) {
      ASSIGN_OR_RETURN(checkpoint, ReadCheckpoint(checkpoint_file_));
    }
    const bool resumed = checkpoint.has_value();
    Logs logs;
    RETURN_IF_ERROR(OpenLogs(env, &logs));
    std::optional<StreamInfo> info;  // of the source, where it is one stream
    if (!selection.names.many) {
      ASSIGN_OR_RETURN(info, logs.source->DescribeStream(selection.names.text));
    }
    ASSIGN_OR_RETURN(std::optional<Stream> to, OpenTargetStream(logs, info, resumed));
    if (!checkpoint_file_.empty()) {
      ASSIGN_OR_RETURN(const std::string from,
                       info.has_value() ? logs.source->Identify(*info)
                                        : IdentifyMany(*logs.source->local(), selection.names.text,
                                                       env.database.value_or(0)));
      RETURN_IF_ERROR(BeginCheckpoint(logs, from, resumed, &checkpoint));
      Resume(checkpoint->progress, &selection);
    }
    filter.Within(selection.range);
    ASSIGN_OR_RETURN(const std::unique_ptr<EntrySource> source,
                     logs.source->Read(selection.request, env.interrupt->token()));
    ASSIGN_OR_RETURN(const std::unique_ptr<ReplayTarget> target,
                     MakeTarget(env, logs, std::move(to), checkpoint));
    // Into what a command prints on the same terminal no progress is mixed.
    const bool progress = !to_.command() || isatty(env.output->fd()) == 0;
    Replay replay({env.clock, env.status, env.interrupt->token(),
                   options_.count.value_or(UINT64_MAX), progress, EndMs(selection.until, info)},
                  std::move(filter), pace, target.get());
    const absl::Status ended = replay.Run(source.get());
    if (checkpoint.has_value()) {
      checkpoint->progress = target->done();
      const absl::Status kept = EndCheckpoint(logs, *checkpoint);
      if (ended.ok()) RETURN_IF_ERROR(kept);
    }
    if (replay.missing() != 0) {
      env.status->Say(fmt::format("evlog: replay: trimmed before they could be replayed: {}",
                                  Grouped(replay.missing())));
    }
    RETURN_IF_ERROR(ended);
    if (logs.target.has_value()) RETURN_IF_ERROR(logs.target->get()->Close());
    return Conclude(env, replay);
  }

 private:
  absl::Status CheckFormat() {
    if (!to_.formatted() && (format_->count() != 0 || options_.zero)) {
      return InvalidArgument("--format and -0 are not for streams, which keep fields");
    }
    if (to_.kind == Destination::Kind::kChannel && options_.zero) {
      return InvalidArgument("-0: a message of a channel has no end of a line");
    }
    if (format_->count() == 0) options_.format.format = "json";
    if (options_.zero) options_.format.terminator = '\0';
    options_.format.many = ParseStreamNames(options_.stream).many;
    return MakeFormatter(options_.format).status();
  }

  // What is replayed must not be replayed again.
  absl::Status CheckApart(const Environment& env, const StreamNames& names) const {
    if (to_.kind == Destination::Kind::kServerStream) {
      if (!IsRedisAddress(env.at)) return absl::OkStatus();
      ASSIGN_OR_RETURN(const RedisPlace from, PlaceOf(env));
      const bool itself = from.address.Described() == to_.place.address.Described() &&
                          from.database == to_.database && names.text == to_.name;
      return itself ? InvalidArgument("a stream cannot be replayed into itself") : absl::OkStatus();
    }
    if (!to_.same || to_.database != env.database.value_or(0)) return absl::OkStatus();
    if (names.many && GlobMatch(names.text, to_.name)) {
      return InvalidArgument("{} matches the target {}: it would be replayed into itself",
                             names.Described(), Quoted(to_.name));
    }
    if (!names.many && names.text == to_.name) {
      return InvalidArgument("a stream cannot be replayed into itself");
    }
    return absl::OkStatus();
  }

  absl::Status OpenLogs(const Environment& env, Logs* logs) const {
    // The limits of the source's writer may have been higher than ours would be.
    const Limits limits = WidestLimits();
    if (to_.same) {
      ASSIGN_OR_RETURN(OpenedLog log, OpenForChanging(env, limits));
      ASSIGN_OR_RETURN(std::unique_ptr<EventLog> target, log->InDatabase(to_.database));
      logs->source = MakeLocalTarget(std::move(log));
      logs->target.emplace(std::move(target));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(logs->source, OpenTarget(env, Access::kRead));
    if (to_.kind == Destination::Kind::kStream) {
      ASSIGN_OR_RETURN(OpenedLog target,
                       OpenForAppending(Target{to_.at, to_.database, env.clock}, limits));
      logs->target.emplace(std::move(target));
    }
    return absl::OkStatus();
  }

  // The stream to append to; made when it is missing, unless a replay into it began before.
  absl::StatusOr<std::optional<Stream>> OpenTargetStream(const Logs& logs,
                                                         const std::optional<StreamInfo>& source,
                                                         bool resumed) const {
    if (!logs.target.has_value()) return std::optional<Stream>();
    StreamOptions options;
    if (source.has_value()) {
      options.partitions = source->options.partitions;
      options.durability = source->options.durability;
    }
    ASSIGN_OR_RETURN(Stream stream,
                     logs.target->get()->OpenStream(
                         to_.name, options, resumed ? IfMissing::kError : IfMissing::kCreate));
    return std::optional<Stream>(std::move(stream));
  }

  // Makes the checkpoint, or sees to it that it is of this replay and up to date.
  absl::Status BeginCheckpoint(const Logs& logs, const std::string& from, bool resumed,
                               std::optional<Checkpoint>* checkpoint) const {
    std::string to = to_.server() ? to_.Described() : "a command";
    if (logs.target.has_value()) {
      EventLog& log = *logs.target->get();
      ASSIGN_OR_RETURN(const StreamInfo info, log.DescribeStream(to_.name));
      ASSIGN_OR_RETURN(to, Identify(log, info.stream_id));
      // The stream must not be forgotten by a crash once its number stands in the file.
      RETURN_IF_ERROR(log.Sync());
    }
    if (!resumed) {
      checkpoint->emplace(Checkpoint{MakeCheckpointKey(), from, to, {}});
      return WriteCheckpoint(checkpoint_file_, **checkpoint);
    }
    Checkpoint& old = **checkpoint;
    if (old.from != from || old.to != to) {
      return Error(
          absl::StatusCode::kAborted,
          "CONFLICT: checkpoint {} is of a replay from {} to {}; this one is from {} to {}",
          checkpoint_file_, old.from, old.to, from, to);
    }
    if (!logs.target.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<std::string> state,
                     logs.target->get()->GetState(kReplayStateSpace, old.key));
    if (!state.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Progress committed, Progress::Parse(*state));
    if (committed.Beyond(old.progress)) old.progress = committed;
    return absl::OkStatus();
  }

  // Writes the checkpoint at the end. From then on the file says it all.
  absl::Status EndCheckpoint(const Logs& logs, const Checkpoint& checkpoint) const {
    if (!logs.target.has_value()) return WriteCheckpoint(checkpoint_file_, checkpoint);
    EventLog& log = *logs.target->get();
    // The file must not be ahead of what a power loss leaves of the log.
    RETURN_IF_ERROR(log.Sync());
    RETURN_IF_ERROR(WriteCheckpoint(checkpoint_file_, checkpoint));
    Transaction forget;
    forget.DeleteState(kReplayStateSpace, checkpoint.key);
    return log.Commit(std::move(forget)).status();
  }

  absl::StatusOr<std::unique_ptr<ReplayTarget>> MakeTarget(
      const Environment& env, const Logs& logs, std::optional<Stream> to,
      const std::optional<Checkpoint>& checkpoint) const {
    StreamTargetOptions options;
    if (checkpoint.has_value()) {
      options.state_key = checkpoint->key;
      options.begin = checkpoint->progress;
    }
    if (to.has_value()) return MakeStreamTarget(logs.target->get(), *std::move(to), options);
    ASSIGN_OR_RETURN(std::unique_ptr<const Formatter> formatter, MakeFormatter(options_.format));
    if (to_.command()) {
      return MakeCommandTarget(flags_.exec, std::move(formatter), options.begin);
    }
    ServerTargetOptions server;
    server.name = to_.name;
    server.begin = options.begin;
    server.clock = env.clock;
    if (to_.kind == Destination::Kind::kChannel) server.formatter = std::move(formatter);
    if (checkpoint.has_value()) {
      server.keep = [this, kept = *checkpoint](const Progress& done) mutable {
        kept.progress = done;
        return WriteCheckpoint(checkpoint_file_, kept);
      };
    }
    ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, to_.place.Connect());
    return MakeServerTarget(std::move(connection), std::move(server));
  }

  absl::StatusOr<ExitCode> Conclude(Environment& env, const Replay& replay) const {
    const bool interrupted = env.interrupt->signalled();
    if (interrupted) {
      env.status->Say("evlog: replay: interrupted; replayed: " + replay.Report());
    } else if (verbose_ || env.status->terminal()) {
      env.status->Say(replay.Report());
    }
    return interrupted ? ExitCode::kInterrupted : ExitCode::kOk;
  }

  ReadingOptions options_;
  CLI::Option* format_ = nullptr;
  DestinationFlags flags_;
  Destination to_;
  std::string speed_ = "max";
  std::string checkpoint_file_;
  bool verbose_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeReplayCommand() { return std::make_unique<ReplayCommand>(); }

}  // namespace evlog::cli

// evlog tail: prints the newest entries of a stream, then each new one as it comes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/reading.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  evlog tail orders --where customer=ann\n"
    "  evlog tail orders --from end --grep 'error|failed' --format json | jq .\n"
    "  evlog tail orders --no-follow -n 100";

constexpr uint64_t kDefaultCount = 10;

// Where following ends. The log's own `until` ends a cursor at what is there already; a follower
// goes on to entries that are still to come.
class End {
 public:
  explicit End(const std::optional<Bound>& until) : until_(until) {}

  bool Beyond(const EntryView& entry) const {
    if (!until_.has_value()) return false;
    switch (until_->kind()) {
      case Bound::Kind::kId:
        return entry.id > until_->id();
      case Bound::Kind::kTime:
        return entry.id >= until_->id();
      case Bound::Kind::kOffset:
        return entry.offset > until_->number();
      default:
        return false;
    }
  }

  // Whether nothing can come after this entry.
  bool Last(const EntryView& entry) const {
    if (!until_.has_value()) return false;
    return (until_->kind() == Bound::Kind::kId && entry.id == until_->id()) ||
           (until_->kind() == Bound::Kind::kOffset && entry.offset == until_->number());
  }

  // When a time ends it: entries from then on are beyond.
  absl::Time Deadline() const {
    if (!until_.has_value() || until_->kind() != Bound::Kind::kTime) return absl::InfiniteFuture();
    return absl::FromUnixMillis(static_cast<int64_t>(until_->id().ms));
  }

 private:
  const std::optional<Bound> until_;
};

// Whether that end lies in what is there already, whatever comes.
bool EndsNow(const std::optional<Bound>& until) {
  return until.has_value() &&
         (until->kind() == Bound::Kind::kBegin || until->kind() == Bound::Kind::kEnd);
}

class TailCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(std::string(kPositionsHelp) + kFooter);
    options_.AddTo(app);
    app->add_option("-n", options_.count,
                    "Begin with the last N entries (10); with --from, end after N entries")
        ->type_name("N");
    app->add_flag("--no-follow", no_follow_, "End at the newest entry");
    app->add_option(
           "--timeout", timeout_,
           "End when nothing came for so long (10s, 1h30m); exit code 5 if nothing ever came")
        ->type_name("DURATION");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(ReadRequest request, options_.Request(env.clock->Now()));
    absl::Duration timeout = absl::InfiniteDuration();
    if (timeout_.has_value()) {
      const absl::StatusOr<absl::Duration> parsed = ParseDuration(*timeout_);
      if (!parsed.ok()) return Annotate(parsed.status(), "--timeout");
      timeout = *parsed;
    }
    uint64_t limit = UINT64_MAX;
    if (!options_.from.has_value()) {
      const uint64_t last = options_.count.value_or(kDefaultCount);
      request.from = last == 0 ? Bound::End() : Bound::Last(last);
    } else if (options_.count.has_value()) {
      limit = *options_.count;
    }
    ASSIGN_OR_RETURN(EntryPrinter printer, EntryPrinter::Make(options_, limit, env.output));
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    // The log judges the bound, also where this verb then follows beyond what is there.
    ASSIGN_OR_RETURN(Cursor cursor, log->Read(request));
    const bool follow = !no_follow_ && !EndsNow(request.until);
    const End end(follow ? request.until : std::nullopt);
    if (follow && request.until.has_value()) {
      request.until.reset();
      ASSIGN_OR_RETURN(cursor, log->Read(request));
    }
    if (follow) env.interrupt->WatchOutput(env.output->fd());
    Tail tail{env, cursor, printer, end, follow, timeout};
    absl::StatusOr<ExitCode> code = tail.Run();
    const absl::Status flushed = printer.Flush();
    if (code.ok() && !flushed.ok()) return flushed;
    return code;
  }

 private:
  // One run of the verb.
  struct Tail {
    Environment& env;
    Cursor& cursor;
    EntryPrinter& printer;
    const End& end;
    const bool follow;
    const absl::Duration timeout;
    bool ended = false;

    absl::StatusOr<ExitCode> Run() {
      bool waited = false;
      bool came = false;  // since the first wait
      absl::Time patience = absl::InfiniteFuture();
      ChunkView chunk;
      while (!ended && !printer.done() && !env.interrupt->signalled()) {
        ASSIGN_OR_RETURN(bool more, cursor.Next(&chunk));
        if (!more) {
          if (!follow) break;
          // All that can be shown is shown before it waits.
          RETURN_IF_ERROR(printer.Flush());
          if (printer.done()) break;
          if (!waited) patience = env.clock->Now() + timeout;
          waited = true;
          const absl::Time deadline = std::min(patience, end.Deadline());
          const absl::StatusOr<bool> next = cursor.Next(&chunk, deadline, env.interrupt->token());
          if (absl::IsCancelled(next.status())) break;
          if (!next.ok()) return next.status();
          if (!*next) {
            if (deadline == patience) return came ? ExitCode::kOk : ExitCode::kNothingCame;
            break;
          }
        }
        TellGap("tail", chunk, env.status);
        const uint64_t before = printer.printed();
        RETURN_IF_ERROR(Print(chunk));
        if (waited && printer.printed() != before) {
          came = true;
          patience = env.clock->Now() + timeout;
        }
      }
      return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
    }

    absl::Status Print(const ChunkView& chunk) {
      for (const EntryView& entry : chunk) {
        ended = end.Beyond(entry);
        if (ended || printer.done()) break;
        RETURN_IF_ERROR(printer.PrintOne(entry));
        ended = end.Last(entry);
        if (ended) break;
      }
      return absl::OkStatus();
    }
  };

  ReadingOptions options_;
  bool no_follow_ = false;
  std::optional<std::string> timeout_;
};

}  // namespace

std::unique_ptr<Command> MakeTailCommand() { return std::make_unique<TailCommand>(); }

}  // namespace evlog::cli

// evlog tail: prints the newest entries of a stream or a pattern, then each new one as it comes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/group_tail.h"
#include "cli/reading.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  evlog tail orders --where customer=ann\n"
    "  evlog tail orders --from end --grep 'error|failed' --format json | jq .\n"
    "  evlog tail orders --no-follow -n 100\n"
    "  evlog tail 'order-*' --format json --after 00f1e2d3c4b5a697-1234\n"
    "  evlog tail orders --group billing --consumer w1 --ack --format json";

constexpr uint64_t kDefaultCount = 10;

// Where following ends. The log's own `until` ends a cursor at what is there already; a follower
// goes on to entries that are still to come. Of many streams one may be ahead of the others, by ids
// of its users' choice, so there only time ends it.
class End {
 public:
  End(const std::optional<Bound>& until, bool many) : until_(until), many_(many) {}

  bool Beyond(const EntryView& entry, Clock* clock) const {
    if (!until_.has_value()) return false;
    if (many_) return entry.id.ms >= EndMs() && clock->Now() >= Deadline();
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
    if (!until_.has_value() || many_) return false;
    return (until_->kind() == Bound::Kind::kId && entry.id == until_->id()) ||
           (until_->kind() == Bound::Kind::kOffset && entry.offset == until_->number());
  }

  // When a time ends it: entries from then on are beyond.
  absl::Time Deadline() const {
    const bool timed = until_.has_value() && (many_ || until_->kind() == Bound::Kind::kTime);
    constexpr uint64_t kMsMax = INT64_MAX / 1'000'000;  // in nanoseconds; that is far enough
    if (!timed || EndMs() > kMsMax) return absl::InfiniteFuture();
    return absl::FromUnixMillis(static_cast<int64_t>(EndMs()));
  }

 private:
  // The first millisecond behind it.
  uint64_t EndMs() const {
    const uint64_t ms = until_->id().ms;
    return until_->kind() == Bound::Kind::kId && ms != UINT64_MAX ? ms + 1 : ms;
  }

  const std::optional<Bound> until_;
  const bool many_;
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
                    "Begin with the last N entries (10); with --from or --group, end after N "
                    "entries")
        ->type_name("N");
    app->add_flag("--no-follow", no_follow_, "End at the newest entry");
    app->add_option(
           "--timeout", timeout_,
           "End when nothing came for so long (10s, 1h30m); exit code 5 if nothing ever came")
        ->type_name("DURATION");
    group_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(group_.Check(options_));
    absl::Duration timeout = absl::InfiniteDuration();
    if (timeout_.has_value()) {
      const absl::StatusOr<absl::Duration> parsed = ParseDuration(*timeout_);
      if (!parsed.ok()) return Annotate(parsed.status(), "--timeout");
      timeout = *parsed;
    }
    if (group_.group.has_value()) return group_.Run(env, options_, !no_follow_, timeout);
    return Follow(env, timeout);
  }

 private:
  absl::StatusOr<ExitCode> Follow(Environment& env, absl::Duration timeout) const {
    ASSIGN_OR_RETURN(const Selection selection, options_.Select(env.clock->Now()));
    ReadRequest request = selection.request;
    uint64_t limit = UINT64_MAX;
    if (!options_.begins()) {
      const uint64_t last = options_.count.value_or(kDefaultCount);
      request.from = last == 0 ? Bound::End() : Bound::Last(last);
    } else if (options_.count.has_value()) {
      limit = *options_.count;
    }
    ASSIGN_OR_RETURN(EntryPrinter printer,
                     EntryPrinter::Make(options_, selection, limit, env.output));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    const bool many = selection.names.many;
    bool follow = !no_follow_ && !EndsNow(selection.until);
    if (many) {
      // A time that has passed ends at what is there, of which the filter leaves out the rest.
      follow = follow && env.clock->Now() < End(selection.until, many).Deadline();
      request.until = follow ? std::nullopt : std::optional<Bound>(Bound::End());
    }
    if (!follow && !request.until.has_value()) request.until = Bound::End();
    const End end(follow ? selection.until : std::nullopt, many);
    if (follow) env.interrupt->WatchOutput(env.output->fd());
    absl::StatusOr<std::unique_ptr<EntrySource>> source =
        log->Read(request, env.interrupt->token());
    if (source.ok() && follow && request.until.has_value()) {
      // The log has judged the bound, which this verb now follows beyond what is there.
      request.until.reset();
      source = log->Read(request, env.interrupt->token());
    }
    if (absl::IsCancelled(source.status())) {
      return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
    }
    if (!source.ok()) return source.status();
    Tail tail{env, **source, printer, end, follow, timeout};
    absl::StatusOr<ExitCode> code = tail.Run();
    const absl::Status flushed = printer.Flush();
    if (code.ok() && !flushed.ok()) return flushed;
    return code;
  }

  // One run of the verb.
  struct Tail {
    Environment& env;
    EntrySource& source;
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
        const absl::StatusOr<bool> more =
            source.Next(&chunk, absl::InfinitePast(), env.interrupt->token());
        if (absl::IsCancelled(more.status())) break;
        if (!more.ok()) return more.status();
        if (!*more) {
          if (!follow) break;
          // All that can be shown is shown before it waits.
          RETURN_IF_ERROR(printer.Flush());
          if (printer.done()) break;
          if (!waited) patience = env.clock->Now() + timeout;
          waited = true;
          const absl::Time deadline = std::min(patience, end.Deadline());
          const absl::StatusOr<bool> next = source.Next(&chunk, deadline, env.interrupt->token());
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
      Origins origins(source);
      for (const EntryView& entry : chunk) {
        ended = end.Beyond(entry, env.clock);
        if (ended || printer.done()) break;
        RETURN_IF_ERROR(printer.PrintOne(entry, origins.Next()));
        ended = end.Last(entry);
        if (ended) break;
      }
      return absl::OkStatus();
    }
  };

  ReadingOptions options_;
  bool no_follow_ = false;
  std::optional<std::string> timeout_;
  GroupTail group_;
};

}  // namespace

std::unique_ptr<Command> MakeTailCommand() { return std::make_unique<TailCommand>(); }

}  // namespace evlog::cli

#include "cli/replay.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {

Replay::Replay(const ReplayOptions& options, Filter filter, Pace pace, ReplayTarget* target)
    : options_(options),
      filter_(std::move(filter)),
      pace_(pace),
      target_(target),
      started_(options.clock->Now()) {}

absl::Status Replay::Run(Cursor* cursor) {
  ChunkView chunk;
  absl::Status sent;
  while (sent.ok() && !over()) {
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    missing_ += chunk.gap();
    sent = SendChunk(chunk);
  }
  // Also after an error: why a command reads no more stands in its exit status.
  const absl::Status finished = target_->Finish();
  options_.status->EndProgress();
  return finished.ok() ? sent : finished;
}

absl::Status Replay::SendChunk(const ChunkView& chunk) {
  for (const EntryView& entry : chunk) {
    if (over()) return absl::OkStatus();
    if (!filter_.Matches(entry)) continue;
    ASSIGN_OR_RETURN(const bool due, AwaitTurn(entry));
    if (!due) return absl::OkStatus();
    RETURN_IF_ERROR(target_->Add(entry));
    ++sent_;
    if (sent_ % 1024 == 0 && options_.status->ProgressDue()) {
      std::string at;
      AppendTime(entry.id, &at);
      options_.status->ShowProgress(Report() + ", at " + at);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Replay::AwaitTurn(const EntryView& entry) {
  if (!pace_.paced()) return true;
  const absl::Time now = options_.clock->Now();
  const absl::Time due = pace_.Due(entry.id, now);
  if (due <= now) return true;
  // What is due is there before it waits.
  RETURN_IF_ERROR(target_->Flush());
  if (options_.status->terminal()) {
    std::string at;
    AppendTime(entry.id, &at);
    options_.status->ShowProgress(
        fmt::format("{}, at {}, due in {}", Report(), at, absl::FormatDuration(due - now)));
  }
  return WaitUntil(options_.clock, due, options_.stop);
}

std::string Replay::Report() const {
  return fmt::format("{} {}, {}", Grouped(sent_), sent_ == 1 ? "entry" : "entries",
                     HumanRate(sent_, options_.clock->Now() - started_));
}

}  // namespace evlog::cli

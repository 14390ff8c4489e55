#include "cli/replay.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/duration.h"
#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {

Replay::Replay(const ReplayOptions& options, Filter filter, Pace pace, ReplayTarget* target)
    : options_(options),
      filter_(std::move(filter)),
      pace_(pace),
      target_(target),
      started_(options.clock->Now()) {}

absl::Status Replay::Run(EntrySource* source) {
  ChunkView chunk;
  absl::Status sent;
  while (sent.ok() && !over()) {
    const absl::StatusOr<bool> more = source->Next(&chunk, absl::InfinitePast(), options_.stop);
    if (absl::IsCancelled(more.status())) break;
    if (!more.ok()) return more.status();
    if (!*more) break;
    missing_ += chunk.gap();
    sent = SendChunk(chunk, Origins(*source));
  }
  // Also after an error: why a command reads no more stands in its exit status.
  const absl::Status finished = target_->Finish();
  options_.status->EndProgress();
  return finished.ok() ? sent : finished;
}

absl::Status Replay::SendChunk(const ChunkView& chunk, Origins origins) {
  for (const EntryView& entry : chunk) {
    if (over()) return absl::OkStatus();
    const Origin origin = origins.Next();
    if (!filter_.Matches(entry)) continue;
    ASSIGN_OR_RETURN(const bool due, AwaitTurn(entry));
    if (!due) return absl::OkStatus();
    RETURN_IF_ERROR(target_->Add(entry, origin));
    if (sent_++ == 0) first_ms_ = entry.id.ms;
    if (sent_ % 1024 == 0 && options_.progress && options_.status->ProgressDue()) {
      options_.status->ShowProgress(ProgressText(entry));
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
  // Seldom enough not to be asked whether it is time: there is one at most for each wait.
  if (options_.progress && options_.status->terminal()) {
    options_.status->ShowProgress(ProgressText(entry));
  }
  return WaitUntil(options_.clock, due, options_.stop);
}

std::string Replay::ProgressText(const EntryView& entry) const {
  std::string text = Report() + ", at ";
  AppendTime(entry.id, &text);
  const uint64_t first = sent_ == 0 ? entry.id.ms : first_ms_;
  if (options_.end_ms <= first || entry.id.ms > options_.end_ms) return text;
  const double done =
      static_cast<double>(entry.id.ms - first) / static_cast<double>(options_.end_ms - first);
  absl::Duration left = pace_.Span(options_.end_ms - entry.id.ms);
  if (!pace_.paced()) {
    if (done == 0) return text;
    left = (options_.clock->Now() - started_) * ((1 - done) / done);
  }
  return text + fmt::format(", {:.0f}%, {} left", 100 * done,
                            DurationText(absl::Ceil(left, absl::Seconds(1))));
}

std::string Replay::Report() const {
  return fmt::format("{} {}, {}", Grouped(sent_), sent_ == 1 ? "entry" : "entries",
                     HumanRate(sent_, options_.clock->Now() - started_));
}

}  // namespace evlog::cli

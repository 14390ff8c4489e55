#include "cli/delay_flags.h"

#include <CLI/CLI.hpp>
#include <string_view>

#include "cli/duration.h"
#include "cli/position.h"
#include "log/base/status.h"

namespace evlog::cli {

void DelayFlags::AddTo(CLI::App* app) {
  app->add_option("--delay", delay,
                  "Append the one entry after that time (500ms, 15m, 2d); prints a ticket")
      ->type_name("SPAN");
  app->add_option("--deliver-at", deliver_at, "The same at a moment: @2026-12-24T18:00:00Z")
      ->type_name("@TIME");
}

absl::StatusOr<absl::Time> DelayFlags::At(absl::Time now) const {
  if (delay.has_value() && deliver_at.has_value()) {
    return InvalidArgument("--delay and --deliver-at exclude each other");
  }
  if (delay.has_value()) {
    const absl::StatusOr<absl::Duration> span = ParseDuration(*delay);
    if (!span.ok()) return Annotate(span.status(), "--delay");
    return now + *span;
  }
  std::string_view text = *deliver_at;
  if (text.starts_with('@')) text.remove_prefix(1);
  const absl::StatusOr<absl::Time> at = ParseTime(text);
  if (!at.ok()) return Annotate(at.status(), "--deliver-at");
  return *at;
}

}  // namespace evlog::cli

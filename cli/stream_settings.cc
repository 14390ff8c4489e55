#include "cli/stream_settings.h"

#include <CLI/CLI.hpp>

#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/position.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {

void StreamSettings::AddTo(CLI::App* app, bool change) {
  change_ = change;
  app->add_option("--durability", durability,
                  "Appends are acknowledged when on the disk (sync), safe from kill -9 (os), or in "
                  "memory (async)")
      ->type_name("LEVEL");
  retention.AddTo(app, change);
  app->add_option("--expires-in", expires_in, "Drop the stream after that time: 1h, 30d")
      ->type_name("DURATION");
  app->add_option(
         "--expires-at", expires_at,
         std::string("Drop the stream then: 2026-11-20T10:00:00Z") + (change ? "; or never" : ""))
      ->type_name("TIME");
  app->add_option("--idempotence-window", idempotence_window,
                  "How long the idempotence ids of a producer are remembered: 100s, 1h")
      ->type_name("DURATION");
  app->add_option("--idempotence-ids", idempotence_ids,
                  "How many idempotence ids of a producer are remembered")
      ->type_name("N");
  app->add_option(
         "--keep-unacked", keep_unacked,
         "Bounds wait for consumer groups, and keep so much for them: 100MB; 0: they do not")
      ->type_name("SIZE");
}

bool StreamSettings::given() const {
  return durability || retention.given() || expires_in || expires_at || idempotence_window ||
         idempotence_ids || keep_unacked;
}

absl::StatusOr<std::optional<absl::Time>> StreamSettings::Expiry(absl::Time now) const {
  if (expires_in.has_value()) {
    const absl::StatusOr<absl::Duration> in = ParseDuration(*expires_in);
    if (!in.ok()) return Annotate(in.status(), "--expires-in");
    return now + *in;
  }
  if (change_ && *expires_at == "never") return std::optional<absl::Time>();
  const absl::StatusOr<absl::Time> at = ParseTime(*expires_at);
  if (!at.ok()) return Annotate(at.status(), "--expires-at");
  // A slip in the date would take the stream away at once.
  if (*at <= now) {
    return InvalidArgument("--expires-at {}: has passed already; evlog drop takes a stream away",
                           *expires_at);
  }
  return *at;
}

absl::StatusOr<StreamChanges> StreamSettings::Changes(const Retention& kept, absl::Time now) const {
  StreamChanges changes;
  if (durability.has_value()) {
    ASSIGN_OR_RETURN(changes.durability, ParseDurability(*durability));
  }
  if (retention.given()) {
    Retention keep = kept;
    RETURN_IF_ERROR(retention.Apply(&keep));
    if (keep.empty() && (retention.approx || retention.exact)) {
      return InvalidArgument("{} is about a bound, and the stream has none",
                             retention.approx ? "--approx" : "--exact");
    }
    changes.retention = keep.empty() ? Retention{} : keep;
  }
  if (expires_in && expires_at) {
    return InvalidArgument("--expires-in and --expires-at exclude each other");
  }
  if (expires_in || expires_at) {
    ASSIGN_OR_RETURN(changes.expires_at, Expiry(now));
  }
  if (idempotence_window.has_value()) {
    const absl::StatusOr<absl::Duration> window = ParseDuration(*idempotence_window);
    if (!window.ok()) return Annotate(window.status(), "--idempotence-window");
    changes.idempotence_window = *window;
  }
  changes.idempotence_ids = idempotence_ids;
  if (keep_unacked.has_value()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(*keep_unacked);
    if (!bytes.ok()) return Annotate(bytes.status(), "--keep-unacked");
    changes.keep_unacknowledged_bytes = *bytes;
  }
  return changes;
}

void ApplyChanges(const StreamChanges& changes, StreamOptions* options) {
  if (changes.durability) options->durability = *changes.durability;
  if (changes.retention) options->retention = *changes.retention;
  if (changes.expires_at) options->expires_at = *changes.expires_at;
  if (changes.idempotence_window) options->idempotence_window = *changes.idempotence_window;
  if (changes.idempotence_ids) options->idempotence_ids = *changes.idempotence_ids;
  if (changes.keep_unacknowledged_bytes) {
    options->keep_unacknowledged_bytes = *changes.keep_unacknowledged_bytes;
  }
}

}  // namespace evlog::cli

// Events: entries by convention, so that programs, projections and the command line mean the same.
//
//   account.Append(Event({.type = "deposited", .correlation_id = request}, {{"amount", "12.50"}}),
//                  {.expect = Expect::Offset(version)});
//
// An event is an entry whose field `type` says what happened. Beside it there may be fields of the
// header (below); all others are the event's own. See docs/event-sourcing.md.
#ifndef EVLOG_EVENT_H_
#define EVLOG_EVENT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/entry.h"
#include "evlog/event_log.h"

namespace evlog {

// Names of the fields of the header. In logs: never change one of them.
inline constexpr std::string_view kEventType = "type";
inline constexpr std::string_view kEventSchema = "schema";
inline constexpr std::string_view kEventCorrelation = "correlation_id";
inline constexpr std::string_view kEventCausation = "causation_id";
inline constexpr std::string_view kEventContentType = "content_type";

// What is said of an event beside its own fields. Views; an empty one is not stored.
struct EventHeader {
  std::string_view type;                 // what happened: "deposited"
  uint32_t schema = 1;                   // which version of the type's own fields; 1 is not stored
  std::string_view correlation_id = {};  // equal for all that one request set off
  std::string_view causation_id = {};    // what set this one off: the id of a command or an event
  std::string_view content_type = {};    // of the own fields' values, where they are no plain text
};

// The fields of an event to append, header first. Views, all of them: for the expression in which
// it is made.
class Event {
 public:
  Event(const EventHeader& header, Fields own);
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  operator Fields() const { return fields_; }  // NOLINT: it is what an append takes

 private:
  std::string schema_;
  std::vector<FieldView> fields_;
};

// An event while it is brought up to date: what an upcaster may change.
struct UpcastEvent {
  std::string type;
  uint32_t schema = 1;
  std::vector<std::pair<std::string, std::string>> fields;  // its own

  // The first own field of that name, or null.
  std::string* Find(std::string_view name);
  // Adds it, or changes the first one.
  void Set(std::string_view name, std::string_view value);
  void Rename(std::string_view from, std::string_view to);
  void Erase(std::string_view name);
};

// An event that was read. Views into the entry, which the ChunkView keeps, or into what upcasters
// made of it, which this keeps.
class EventView {
 public:
  EntryView entry;     // as it stands in the log
  EventHeader header;  // up to date
  std::vector<FieldView> fields;

  std::optional<std::string_view> Find(std::string_view name) const;

 private:
  friend class Upcasters;
  std::shared_ptr<const UpcastEvent> made_;
};

// Functions that bring events of old schemas up to date when they are read, so that the rest of a
// program knows one schema of each type. What is in the log stays as it is. Filled once, then used
// by any number of threads.
class Upcasters {
 public:
  // Makes an event of the next schema, or of another type, of one: it must change `schema` or
  // `type`, and errors end the read.
  using Upcast = std::function<absl::Status(UpcastEvent*)>;

  // For events of that type and schema. One that is added twice counts as it was added last.
  Upcasters& Add(std::string_view type, uint32_t schema, Upcast upcast);

  // The event, after all upcasters that apply, one after the other. Copies only when one applies.
  // Errors: INVALID_ARGUMENT when the entry is no event (no field `type`, a schema that is no
  // number of 1..2^32 - 1), or an upcaster changed neither schema nor type, or they go round in
  // circles; and what the upcaster answered. All name the event.
  absl::StatusOr<EventView> Read(const EntryView& entry) const;

 private:
  std::map<std::pair<std::string, uint32_t>, Upcast> upcasts_;
};

// Calls `apply` with the events of a stream of one partition from offset `version` on, in order, up
// to those that readers see at the call: the rest of an aggregate, after its snapshot. Returns the
// version then: the offset that the next event gets, as Expect::Offset takes it.
//
// Errors: OUT_OF_RANGE when events from `version` on were trimmed; those of Upcasters::Read, of
// Cursor::Next, and of `apply`.
absl::StatusOr<uint64_t> Replay(EventLog& log, const Stream& stream, uint64_t version,
                                const Upcasters& upcasters,
                                absl::FunctionRef<absl::Status(const EventView&)> apply);

}  // namespace evlog

#endif  // EVLOG_EVENT_H_

// Entries as replies.
#ifndef EVLOG_SERVER_COMMANDS_ENTRIES_H_
#define EVLOG_SERVER_COMMANDS_ENTRIES_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "evlog/event_log.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

// An entry: its id, and an array of names and values.
void WriteEntry(RespWriter& reply, const EntryView& entry);
// The same two, without the array around them.
void WriteEntryBody(RespWriter& reply, const EntryView& entry);

// Writes what the request finds, one entry after the other, and answers how many those are. Stops
// behind `bytes_max` of them, but not before the first. Errors: of Cursor::Next; NOT_FOUND.
absl::StatusOr<size_t> WriteEntries(RespWriter& reply, EventLog& log, const ReadRequest& request,
                                    size_t bytes_max = SIZE_MAX);
absl::StatusOr<size_t> WriteEntries(RespWriter& reply, Cursor& cursor, size_t bytes_max = SIZE_MAX);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_ENTRIES_H_

#include "log/schedule_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "evlog/entry.h"
#include "log/base/status.h"
#include "log/catalog_codec.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

ScheduledAppend Describe(const Ticket& ticket, std::string stream, const ScheduledBatch& batch) {
  ScheduledAppend found;
  found.ticket = ticket;
  found.stream = std::move(stream);
  found.entries = batch.count();
  found.bytes = batch.bytes();
  std::optional<std::string_view> key;
  EncodedFields fields;
  internal::ReadCheckedEntry(batch.segments.front().entries.data(), nullptr, &key, &fields);
  if (key) found.key = std::string(*key);
  for (const FieldView& field : fields) found.fields.emplace_back(field.name, field.value);
  return found;
}

// The catalog's row of a stream, looked up once for rows of the same one that follow each other.
class StreamLookup {
 public:
  explicit StreamLookup(const StoreIterator* rows) : rows_(rows) {}

  // Null: it was dropped.
  absl::StatusOr<const StreamRecord*> Find(StreamId id) {
    if (id_ != id) {
      record_.reset();
      ASSIGN_OR_RETURN(const std::optional<std::string> row,
                       rows_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
      if (row) {
        ASSIGN_OR_RETURN(record_, DecodeStreamRecord(*row));
      }
      id_ = id;
    }
    return record_ ? &*record_ : nullptr;
  }

 private:
  const StoreIterator* const rows_;
  std::optional<StreamId> id_;
  std::optional<StreamRecord> record_;
};

}  // namespace

absl::StatusOr<ScheduleCounts> ReadScheduleCounts(const Store& store) {
  ASSIGN_OR_RETURN(const std::optional<std::string> row, store.Get(Family::kMeta, kMetaSchedule));
  ScheduleCounts counts;
  if (row) RETURN_IF_ERROR(DecodeScheduleCounts(*row, &counts));
  return counts;
}

absl::StatusOr<std::vector<ScheduledAppend>> ListScheduled(const Store& store, uint8_t database,
                                                           const ScheduledFilter& filter) {
  KeyRange range = ScheduleRange(filter.after.value_or(Ticket()));
  if (filter.after) range.begin.push_back('\0');  // the first key above that of the ticket
  std::vector<ScheduledAppend> list;
  StoreIterator rows = store.Scan(Family::kSchedule, std::move(range));
  StreamLookup streams(&rows);
  for (rows.SeekToFirst(); rows.Valid() && list.size() < filter.limit; rows.Next()) {
    ASSIGN_OR_RETURN(const Ticket ticket, DecodeScheduleKey(rows.key()));
    ScheduledBatch batch;
    if (absl::Status status = DecodeScheduledBatch(rows.value(), &batch); !status.ok()) {
      if (filter.stream) continue;  // whose it is cannot be known
      ScheduledAppend& damaged = list.emplace_back();
      damaged.ticket = ticket;
      damaged.status = std::move(status);
      continue;
    }
    ASSIGN_OR_RETURN(const StreamRecord* const stream, streams.Find(batch.stream));
    if (stream == nullptr || stream->database != database) continue;
    if (filter.stream && stream->name != *filter.stream) continue;
    list.push_back(Describe(ticket, stream->name, batch));
  }
  RETURN_IF_ERROR(rows.status());
  return list;
}

absl::Status CheckSchedule(const Store& store,
                           const std::function<absl::Status(const absl::Status&)>& note) {
  const absl::StatusOr<ScheduleCounts> counts = ReadScheduleCounts(store);
  RETURN_IF_ERROR(note(counts.status()));
  StoreIterator rows = store.ScanAll(Family::kSchedule);
  uint64_t seen = 0;
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ++seen;
    const absl::StatusOr<Ticket> ticket = DecodeScheduleKey(rows.key());
    if (!ticket.ok()) {
      RETURN_IF_ERROR(note(ticket.status()));
      continue;
    }
    ScheduledBatch batch;
    const absl::Status status = DecodeScheduledBatch(rows.value(), &batch);
    RETURN_IF_ERROR(note(Annotate(status, "delayed append " + ticket->ToString())));
    if (counts.ok() && ticket->number >= counts->next) {
      RETURN_IF_ERROR(note(DataLoss("delayed append {} is there, but the next number is {}",
                                    ticket->ToString(), counts->next)));
    }
  }
  RETURN_IF_ERROR(note(rows.status()));
  if (counts.ok() && counts->rows != seen) {
    return note(DataLoss("{} delayed appends are there, but {} were counted", seen, counts->rows));
  }
  return absl::OkStatus();
}

}  // namespace evlog

#include "evlog/event.h"

#include <charconv>
#include <set>

#include "log/base/status.h"

namespace evlog {

namespace {

constexpr uint32_t kFirstSchema = 1;

// The part of the header that a field is; null: one of the event's own.
std::string_view* PartOf(std::string_view name, EventHeader* header) {
  if (name == kEventType) return &header->type;
  if (name == kEventCorrelation) return &header->correlation_id;
  if (name == kEventCausation) return &header->causation_id;
  if (name == kEventContentType) return &header->content_type;
  return nullptr;
}

absl::Status NoEvent(const EntryView& entry, std::string_view why) {
  return InvalidArgument("entry {} is no event: {}", entry.id.ToString(), why);
}

absl::StatusOr<EventView> Parse(const EntryView& entry) {
  EventView event;
  event.entry = entry;
  bool has_schema = false;
  for (const FieldView& field : entry.fields) {
    std::string_view* const part = PartOf(field.name, &event.header);
    if (part != nullptr && part->empty()) {
      *part = field.value;
    } else if (field.name == kEventSchema && !has_schema) {
      has_schema = true;
      const char* const end = field.value.data() + field.value.size();
      const auto [stop, error] = std::from_chars(field.value.data(), end, event.header.schema);
      if (error != std::errc() || stop != end || event.header.schema < kFirstSchema) {
        return NoEvent(entry, fmt::format("its field schema is {}", Quoted(field.value)));
      }
    } else {
      event.fields.push_back(field);
    }
  }
  if (event.header.type.empty()) return NoEvent(entry, "it has no field type");
  return event;
}

}  // namespace

Event::Event(const EventHeader& header, Fields own) {
  const auto add = [this](std::string_view name, std::string_view value) {
    if (!value.empty()) fields_.push_back({name, value});
  };
  fields_.reserve(5 + own.size());
  add(kEventType, header.type);
  if (header.schema != kFirstSchema) {
    schema_ = std::to_string(header.schema);
    add(kEventSchema, schema_);
  }
  add(kEventCorrelation, header.correlation_id);
  add(kEventCausation, header.causation_id);
  add(kEventContentType, header.content_type);
  fields_.insert(fields_.end(), own.begin(), own.end());
}

std::string* UpcastEvent::Find(std::string_view name) {
  for (auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

void UpcastEvent::Set(std::string_view name, std::string_view value) {
  if (std::string* const found = Find(name)) {
    *found = std::string(value);
  } else {
    fields.emplace_back(name, value);
  }
}

void UpcastEvent::Rename(std::string_view from, std::string_view to) {
  for (auto& [field, value] : fields) {
    if (field == from) field = std::string(to);
  }
}

void UpcastEvent::Erase(std::string_view name) {
  std::erase_if(fields, [name](const auto& field) { return field.first == name; });
}

std::optional<std::string_view> EventView::Find(std::string_view name) const {
  for (const FieldView& field : fields) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

Upcasters& Upcasters::Add(std::string_view type, uint32_t schema, Upcast upcast) {
  upcasts_.insert_or_assign({std::string(type), schema}, std::move(upcast));
  return *this;
}

absl::StatusOr<EventView> Upcasters::Read(const EntryView& entry) const {
  ASSIGN_OR_RETURN(EventView event, Parse(entry));
  if (upcasts_.empty()) return event;
  auto upcast = upcasts_.find({std::string(event.header.type), event.header.schema});
  if (upcast == upcasts_.end()) return event;
  auto made = std::make_shared<UpcastEvent>();
  made->type = std::string(event.header.type);
  made->schema = event.header.schema;
  for (const FieldView& field : event.fields) made->fields.emplace_back(field.name, field.value);
  std::set<std::pair<std::string, uint32_t>> seen;
  for (; upcast != upcasts_.end(); upcast = upcasts_.find({made->type, made->schema})) {
    const auto& [type, schema] = upcast->first;
    const std::string what =
        fmt::format("event {} of type {}, schema {}", entry.id.ToString(), Quoted(type), schema);
    if (!seen.insert(upcast->first).second) {
      return InvalidArgument("{}: its upcasters go round in circles", what);
    }
    if (absl::Status status = upcast->second(made.get()); !status.ok()) {
      return Annotate(status, what);
    }
    if (made->type == type && made->schema == schema) {
      return InvalidArgument("{}: its upcaster changed neither type nor schema", what);
    }
  }
  event.header.type = made->type;
  event.header.schema = made->schema;
  event.fields.clear();
  for (const auto& [name, value] : made->fields) event.fields.push_back({name, value});
  event.made_ = std::move(made);
  return event;
}

absl::StatusOr<uint64_t> Replay(EventLog& log, const Stream& stream, uint64_t version,
                                const Upcasters& upcasters,
                                absl::FunctionRef<absl::Status(const EventView&)> apply) {
  ReadRequest request;
  request.stream = stream.name();
  request.partition = 0;
  request.from = Bound::Offset(version);
  request.until = Bound::End();
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  ChunkView chunk;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&chunk));
    if (!more) return version;
    for (const EntryView& entry : chunk) {
      ASSIGN_OR_RETURN(const EventView event, upcasters.Read(entry));
      RETURN_IF_ERROR(apply(event));
      version = entry.offset + 1;
    }
  }
}

}  // namespace evlog

#include "embedded/router.h"

#include <utility>

#include "embedded/stream_route.h"
#include "log/base/status.h"
#include "log/catalog_codec.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

struct Stored {
  uint8_t database;
  Route route;
};

RouteRecord RecordOf(const Route& route) {
  return {static_cast<uint8_t>(route.fields), static_cast<uint8_t>(route.key), route.key_field,
          route.live};
}

absl::StatusOr<Stored> Decode(std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(const RouteKey route_key, DecodeRouteKey(key));
  ASSIGN_OR_RETURN(const RouteRecord record, DecodeRouteRecord(value));
  Stored stored;
  stored.database = route_key.database;
  stored.route.pattern = route_key.pattern;
  stored.route.stream = route_key.stream;
  stored.route.fields = static_cast<Route::Fields>(record.fields);
  stored.route.key = static_cast<Route::Key>(record.key);
  stored.route.key_field = record.key_field;
  stored.route.live = record.live;
  if (const absl::Status status = stored.route.Validate(); !status.ok()) {
    return DataLoss("malformed route {}: {}", Quoted(route_key.pattern), MessageOf(status));
  }
  return stored;
}

}  // namespace

void Router::Set(const std::string& key, const std::string& pattern,
                 std::shared_ptr<internal::RouteSink> sink) {
  const auto at = working_.find(key);
  table_->SetRoute(pattern, at == working_.end() ? nullptr : at->second.sink.get(), sink);
  if (sink == nullptr) {
    working_.erase(key);
  } else {
    working_[key] = {pattern, std::move(sink)};
  }
}

absl::Status Router::Load() {
  MutexLock lock(mu_);
  StoreIterator rows = log_->store().ScanAll(Family::kRoutes);
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(Stored stored, Decode(rows.key(), rows.value()));
    const std::string pattern = stored.route.pattern;
    Set(std::string(rows.key()), pattern,
        std::make_shared<StreamRoute>(log_, stored.database, std::move(stored.route)));
  }
  return rows.status();
}

absl::Status Router::Add(uint8_t database, const Route& route) {
  RETURN_IF_ERROR(route.Validate());
  // Also says what is wrong with the stream's name, and that a log is read only.
  RETURN_IF_ERROR(log_->catalog().FindOrCreate(database, route.stream, StreamOptions()).status());
  const std::string key = EncodeRouteKey({database, route.pattern, route.stream});
  MutexLock lock(mu_);
  std::vector<Row> rows = {{Family::kRoutes, key, EncodeRouteRecord(RecordOf(route))}};
  RETURN_IF_ERROR(log_->Commit({}, std::move(rows), Durability::kSync).status());
  Set(key, route.pattern, std::make_shared<StreamRoute>(log_, database, route));
  return absl::OkStatus();
}

absl::Status Router::Remove(uint8_t database, std::string_view pattern, std::string_view stream) {
  const std::string key = EncodeRouteKey({database, std::string(pattern), std::string(stream)});
  MutexLock lock(mu_);
  if (!working_.contains(key)) {
    return Error(absl::StatusCode::kNotFound, "there is no route from {} to {}", Quoted(pattern),
                 Quoted(stream));
  }
  std::vector<Row> rows = {{Family::kRoutes, key, std::nullopt}};
  RETURN_IF_ERROR(log_->Commit({}, std::move(rows), Durability::kSync).status());
  Set(key, std::string(pattern), nullptr);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Route>> Router::List(uint8_t database) const {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  std::vector<Route> routes;
  StoreIterator rows = log_->store().Scan(Family::kRoutes, RouteRange(database));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(Stored stored, Decode(rows.key(), rows.value()));
    routes.push_back(std::move(stored.route));
  }
  RETURN_IF_ERROR(rows.status());
  return routes;
}

}  // namespace evlog

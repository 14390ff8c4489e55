#include "log/databases.h"

#include <optional>

#include "log/base/status.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

constexpr int kBits = 4;
static_assert(kDatabases == 1 << kBits && kDatabases * kBits == 64, "homes fit into a number");

uint8_t At(uint64_t homes, uint8_t database) {
  return static_cast<uint8_t>(homes >> database * kBits & (kDatabases - 1));
}

DatabaseHomes OwnHomes() {
  DatabaseHomes homes{};
  for (uint8_t i = 0; i < kDatabases; ++i) homes[i] = i;
  return homes;
}

}  // namespace

std::string EncodeDatabaseHomes(const DatabaseHomes& homes) {
  return std::string(homes.begin(), homes.end());
}

absl::StatusOr<DatabaseHomes> DecodeDatabaseHomes(std::string_view value) {
  DatabaseHomes homes{};
  uint32_t seen = 0;
  for (size_t i = 0; i < homes.size() && value.size() == homes.size(); ++i) {
    homes[i] = static_cast<uint8_t>(value[i]);
    if (homes[i] < kDatabases) seen |= 1u << homes[i];
  }
  if (seen != (1u << kDatabases) - 1) {
    return DataLoss("malformed meta row {}: {}", kMetaDatabases, Quoted(value));
  }
  return homes;
}

Databases::Databases() { Set(OwnHomes()); }

absl::Status Databases::Load(const Store& store) {
  ASSIGN_OR_RETURN(const std::optional<std::string> row, store.Get(Family::kMeta, kMetaDatabases));
  DatabaseHomes homes = OwnHomes();
  if (row) {
    ASSIGN_OR_RETURN(homes, DecodeDatabaseHomes(*row));
  }
  Set(homes);
  return absl::OkStatus();
}

uint8_t Databases::HomeOf(uint8_t database) const {
  return At(homes_.load(std::memory_order_acquire), database);
}

uint8_t Databases::AtHome(uint8_t home) const {
  const uint64_t homes = homes_.load(std::memory_order_acquire);
  uint8_t database = 0;
  while (At(homes, database) != home) ++database;
  return database;
}

DatabaseHomes Databases::homes() const {
  const uint64_t homes = homes_.load(std::memory_order_acquire);
  DatabaseHomes all{};
  for (uint8_t i = 0; i < kDatabases; ++i) all[i] = At(homes, i);
  return all;
}

void Databases::Set(const DatabaseHomes& homes) {
  uint64_t packed = 0;
  for (uint8_t i = 0; i < kDatabases; ++i) packed |= uint64_t{homes[i]} << i * kBits;
  homes_.store(packed, std::memory_order_release);
}

}  // namespace evlog

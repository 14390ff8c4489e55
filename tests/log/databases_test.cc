#include "log/databases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

DatabaseHomes Exchanged(uint8_t a, uint8_t b) {
  DatabaseHomes homes = Databases().homes();
  std::swap(homes[a], homes[b]);
  return homes;
}

TEST(DatabasesTest, EachIsAtHomeAtFirst) {
  const Databases databases;
  for (uint8_t i = 0; i < kDatabases; ++i) {
    EXPECT_EQ(databases.HomeOf(i), i);
    EXPECT_EQ(databases.AtHome(i), i);
  }
}

TEST(DatabasesTest, HomesAreExchanged) {
  Databases databases;
  databases.Set(Exchanged(0, 15));
  EXPECT_EQ(databases.HomeOf(0), 15);
  EXPECT_EQ(databases.AtHome(15), 0);
  EXPECT_EQ(databases.HomeOf(15), 0);
  EXPECT_EQ(databases.AtHome(0), 15);
  EXPECT_EQ(databases.HomeOf(7), 7);
  EXPECT_EQ(databases.homes(), Exchanged(0, 15));
}

TEST(DatabasesTest, Golden) {
  EXPECT_EQ(ToHex(EncodeDatabaseHomes(Exchanged(0, 15))),
            ReadGolden("catalog.txt").at("databases/exchanged"));
}

TEST(DatabasesTest, ReadsWhatItWritesAndNothingElse) {
  const std::string value = EncodeDatabaseHomes(Exchanged(3, 4));
  EXPECT_THAT(DecodeDatabaseHomes(value), IsOkAndHolds(Exchanged(3, 4)));
  std::string twice = value;
  twice[0] = twice[1];
  std::string beyond = value;
  beyond[2] = 16;
  for (const std::string& wrong :
       {std::string(), value.substr(1), value + std::string(1, '\0'), twice, beyond}) {
    EXPECT_THAT(DecodeDatabaseHomes(wrong), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace evlog

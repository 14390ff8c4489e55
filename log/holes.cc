#include "log/holes.h"

#include <algorithm>
#include <bit>

namespace evlog {

namespace {

constexpr uint64_t kWordBits = 64;
constexpr uint64_t kWords = kHolesPerBlock / kWordBits;

uint64_t InBlock(uint64_t offset) { return offset % kHolesPerBlock; }

bool Test(const HolesBitmap& bitmap, uint64_t i) {
  return bitmap[i / kWordBits] >> i % kWordBits & 1;
}

// The bits of word `w` within [begin, end) of the block.
uint64_t Masked(uint64_t word, uint64_t w, uint64_t begin, uint64_t end) {
  const uint64_t low = w * kWordBits;
  if (begin > low) word &= begin - low >= kWordBits ? 0 : ~uint64_t{0} << (begin - low);
  if (end < low + kWordBits) word &= end <= low ? 0 : ~uint64_t{0} >> (low + kWordBits - end);
  return word;
}

uint64_t Count(const HolesBitmap& bitmap, uint64_t begin, uint64_t end) {
  uint64_t count = 0;
  for (uint64_t w = begin / kWordBits; w < kWords && w * kWordBits < end; ++w) {
    count += static_cast<uint64_t>(std::popcount(Masked(bitmap[w], w, begin, end)));
  }
  return count;
}

// The first bit at or after `begin` that is `set`, or kHolesPerBlock.
uint64_t First(const HolesBitmap& bitmap, uint64_t begin, bool set) {
  for (uint64_t w = begin / kWordBits; w < kWords; ++w) {
    const uint64_t word = Masked(set ? bitmap[w] : ~bitmap[w], w, begin, kHolesPerBlock);
    if (word != 0) return w * kWordBits + static_cast<uint64_t>(std::countr_zero(word));
  }
  return kHolesPerBlock;
}

// One above the last bit below `end` that is `set`, or 0.
uint64_t Last(const HolesBitmap& bitmap, uint64_t end, bool set) {
  for (uint64_t w = (end + kWordBits - 1) / kWordBits; w-- > 0;) {
    const uint64_t word = Masked(set ? bitmap[w] : ~bitmap[w], w, 0, end);
    if (word != 0) return (w + 1) * kWordBits - static_cast<uint64_t>(std::countl_zero(word));
  }
  return 0;
}

}  // namespace

bool Holes::Add(uint64_t offset) {
  auto [it, added] = blocks_.try_emplace(BlockOf(offset));
  if (added) it->second.fill(0);
  const uint64_t i = InBlock(offset);
  if (Test(it->second, i)) return false;
  it->second[i / kWordBits] |= uint64_t{1} << i % kWordBits;
  return true;
}

bool Holes::Contains(uint64_t offset) const {
  const auto it = blocks_.find(BlockOf(offset));
  return it != blocks_.end() && Test(it->second, InBlock(offset));
}

uint64_t Holes::CountIn(uint64_t begin, uint64_t end) const {
  uint64_t count = 0;
  for (auto it = blocks_.lower_bound(BlockOf(begin)); it != blocks_.end(); ++it) {
    const uint64_t base = it->first * kHolesPerBlock;
    if (base >= end) break;
    count +=
        Count(it->second, begin > base ? begin - base : 0, std::min(end - base, kHolesPerBlock));
  }
  return count;
}

uint64_t Holes::NextLive(uint64_t offset) const {
  for (;;) {
    const auto it = blocks_.find(BlockOf(offset));
    if (it == blocks_.end()) return offset;
    const uint64_t found = First(it->second, InBlock(offset), false);
    offset = it->first * kHolesPerBlock + found;
    if (found != kHolesPerBlock) return offset;
  }
}

uint64_t Holes::NextHole(uint64_t offset, uint64_t end) const {
  for (auto it = blocks_.lower_bound(BlockOf(offset)); it != blocks_.end(); ++it) {
    const uint64_t base = it->first * kHolesPerBlock;
    if (base >= end) break;
    const uint64_t found = First(it->second, offset > base ? offset - base : 0, true);
    if (found != kHolesPerBlock) return std::min(base + found, end);
  }
  return end;
}

uint64_t Holes::LastLiveBelow(uint64_t offset) const {
  while (offset != 0) {
    const auto it = blocks_.find(BlockOf(offset - 1));
    if (it == blocks_.end()) return offset;
    const uint64_t base = it->first * kHolesPerBlock;
    const uint64_t found = Last(it->second, offset - base, false);
    if (found != 0) return base + found;
    offset = base;
  }
  return 0;
}

uint64_t Holes::LastHoleBelow(uint64_t offset, uint64_t begin) const {
  if (offset <= begin) return begin;
  auto it = blocks_.upper_bound(BlockOf(offset - 1));
  while (it != blocks_.begin()) {
    --it;
    const uint64_t base = it->first * kHolesPerBlock;
    if (base + kHolesPerBlock <= begin) break;
    const uint64_t found = Last(it->second, std::min(offset - base, kHolesPerBlock), true);
    if (found != 0) return std::max(base + found, begin);
  }
  return begin;
}

uint64_t Holes::FromEnd(uint64_t begin, uint64_t end, uint64_t live) const {
  // Block by block from the end, then within the one that holds the place.
  while (live != 0 && end > begin) {
    const uint64_t base = std::max(begin, (end - 1) / kHolesPerBlock * kHolesPerBlock);
    const auto it = blocks_.find(BlockOf(end - 1));
    if (it == blocks_.end()) {
      // No holes from here down to the block before it in the map.
      auto next = blocks_.lower_bound(BlockOf(end - 1));
      const uint64_t free_from =
          next == blocks_.begin() ? begin
                                  : std::max(begin, (std::prev(next)->first + 1) * kHolesPerBlock);
      if (end - free_from >= live) return end - live;
      live -= end - free_from;
      end = free_from;
      continue;
    }
    const uint64_t here = end - base - CountIn(base, end);
    if (here < live) {
      live -= here;
      end = base;
      continue;
    }
    while (live != 0) {
      --end;
      if (!Test(it->second, InBlock(end))) --live;
    }
  }
  return live == 0 ? end : begin;
}

void Holes::DropBelow(uint64_t offset) {
  blocks_.erase(blocks_.begin(), blocks_.lower_bound(BlockOf(offset)));
}

absl::Status Holes::Load(uint64_t block, std::string_view value) {
  return DecodeHoles(value, &blocks_[block]);
}

}  // namespace evlog

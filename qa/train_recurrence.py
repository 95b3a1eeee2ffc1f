"""The recurrence of `qa.layers` fused into one C++ kernel with its gradient, for training on a processor."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils.cpp_extension import load_inline

_SOURCE = r"""
#include <torch/extension.h>
#include <cstring>
// Written so that the compiler can make vector instructions of every loop: no branches, no library calls.
typedef uint16_t half;
static inline float wide(half v) {
  const uint32_t bits = uint32_t(v) << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}
static inline half narrow(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return half((bits + 0x8000u) >> 16);
}
static inline half* data(const torch::Tensor& t) { return reinterpret_cast<half*>(t.data_ptr()); }
static inline float sigmoid(float v) {
  v = v > 30.f ? 30.f : (v < -30.f ? -30.f : v);
  const float t = -v * 1.44269504f;
  const int32_t whole = int32_t(t + 64.5f) - 64;
  const float f = t - float(whole);
  const float p = 1.f + f * (0.69314718f + f * (0.24022651f + f * (0.05550411f + f * 0.00961813f)));
  const uint32_t bits = uint32_t(whole + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, 4);
  return 1.f / (1.f + p * scale);
}
std::vector<torch::Tensor> forward(torch::Tensor gates, torch::Tensor x, torch::Tensor lengths) {
  const int64_t B = x.size(0), T = x.size(1), W = x.size(2), H = W / 2;
  auto h = torch::empty_like(x), c = torch::empty_like(x);
  const half* g = data(gates);
  const half* px = data(x);
  half *ph = data(h), *pc = data(c);
  const int64_t* n = lengths.data_ptr<int64_t>();
  #pragma omp parallel for schedule(dynamic)
  for (int64_t k = 0; k < 2 * B; k++) {
    const int64_t b = k / 2, d = k % 2;
    std::vector<float> state(H, 0.f);
    for (int64_t t = n[b]; t < T; t++) {
      std::fill_n(ph + (b * T + t) * W + d * H, H, half(0));
      std::fill_n(pc + (b * T + t) * W + d * H, H, half(0));
    }
    for (int64_t i = 0; i < n[b]; i++) {
      const int64_t t = d ? n[b] - 1 - i : i, row = b * T + t;
      const half *z = g + row * 3 * W + d * H, *f = z + W, *r = f + W;
      const half* xi = px + row * W + d * H;
      half *hi = ph + row * W + d * H, *ci = pc + row * W + d * H;
      float* s = state.data();
      #pragma omp simd
      for (int64_t j = 0; j < H; j++) {
        const float fj = sigmoid(wide(f[j])), rj = sigmoid(wide(r[j]));
        s[j] = fj * s[j] + (1.f - fj) * wide(z[j]);
        ci[j] = narrow(s[j]);
        hi[j] = narrow(rj * s[j] + (1.f - rj) * wide(xi[j]));
      }
    }
  }
  return {h, c};
}
std::vector<torch::Tensor> backward(
    torch::Tensor dh, torch::Tensor gates, torch::Tensor x, torch::Tensor c, torch::Tensor lengths) {
  const int64_t B = x.size(0), T = x.size(1), W = x.size(2), H = W / 2;
  auto dgates = torch::empty_like(gates), dx = torch::empty_like(x);
  const half* g = data(gates);
  half* dg = data(dgates);
  const half *px = data(x), *pc = data(c), *pdh = data(dh);
  half* pdx = data(dx);
  const int64_t* n = lengths.data_ptr<int64_t>();
  #pragma omp parallel for schedule(dynamic)
  for (int64_t k = 0; k < 2 * B; k++) {
    const int64_t b = k / 2, d = k % 2;
    std::vector<float> carried(H, 0.f);
    for (int64_t t = n[b]; t < T; t++) {
      std::fill_n(pdx + (b * T + t) * W + d * H, H, half(0));
      for (int64_t k = 0; k < 3; k++) std::fill_n(dg + (b * T + t) * 3 * W + k * W + d * H, H, half(0));
    }
    std::vector<half> zero(H, half(0));
    for (int64_t i = n[b] - 1; i >= 0; i--) {
      const int64_t t = d ? n[b] - 1 - i : i, row = b * T + t;
      const int64_t at = row * W + d * H, ga = row * 3 * W + d * H;
      const half *z = g + ga, *f = z + W, *r = f + W;
      half *dz = dg + ga, *df = dz + W, *dr = df + W;
      const half *xi = px + at, *ci = pc + at, *dhi = pdh + at;
      const half* before = i == 0 ? zero.data() : pc + at + (d ? W : -W);
      half* dxi = pdx + at;
      float* s = carried.data();
      #pragma omp simd
      for (int64_t j = 0; j < H; j++) {
        const float fj = sigmoid(wide(f[j])), rj = sigmoid(wide(r[j]));
        const float dj = wide(dhi[j]);
        dr[j] = narrow(dj * (wide(ci[j]) - wide(xi[j])) * rj * (1.f - rj));
        dxi[j] = narrow(dj * (1.f - rj));
        const float dc = dj * rj + s[j];
        dz[j] = narrow(dc * (1.f - fj));
        df[j] = narrow(dc * (wide(before[j]) - wide(z[j])) * fj * (1.f - fj));
        s[j] = dc * fj;
      }
    }
  }
  return {dgates, dx};
}
"""


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gates: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
        gates, x = gates.contiguous(), x.contiguous()
        h, c = _kernel().forward(gates, x, lengths)
        ctx.save_for_backward(gates, x, c, lengths)
        return h  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, dh: Tensor) -> tuple[Tensor, Tensor, None]:
        gates, x, c, lengths = ctx.saved_tensors
        dgates, dx = _kernel().backward(dh.contiguous(), gates, x, c, lengths)
        return dgates, dx, None


@cache
def _kernel() -> Any:
    return load_inline(  # type: ignore[no-untyped-call]
        "tenkyo_recurrence",
        _SOURCE,
        functions=["forward", "backward"],
        extra_cflags=["-O3", "-march=native", "-ffast-math", "-fopenmp"],
        extra_ldflags=["-fopenmp"],
    )


def fused(gates: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
    """The same as `qa.layers.recurrence`, all of it in bfloat16."""
    return _Fused.apply(gates, x, lengths)  # type: ignore[no-any-return, no-untyped-call]

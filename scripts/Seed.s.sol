// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Script} from "forge-std/Script.sol";
import {BTSc} from "../contracts/BTSc.sol";
import {Membership} from "../contracts/Membership.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {Staking} from "../contracts/Staking.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../contracts/interfaces/IOperationPool.sol";
import {IStaking} from "../contracts/interfaces/IStaking.sol";
import {OperationPool} from "../contracts/pools/OperationPool.sol";
import {StakingPool} from "../contracts/pools/StakingPool.sol";

/// @title Seed
/// @notice Sixty days in the life of 240 members, on the local chain, always the same: they join by every way of paying,
/// renew, upgrade, get gifts, lapse, stake and leave.
/// @dev Step k of n stands for the days up to day 60 * k / n, so the chain's clock has to be moved there before it:
/// cast rpc evm_setNextBlockTimestamp <start + k * 60 days / n>; cast rpc evm_mine
/// forge script scripts/Seed.s.sol --sig 'run(uint256,uint256)' <k> <n> --rpc-url <url> --slow --broadcast
/// It needs what Deploy.s.sol wrote for chain 31337, and an anvil with its default accounts that mines at once (why
/// --slow: see there). A step that was cut off may be run again: what is done is passed over.
contract Seed is Script {
    uint256 private constant MEMBERS = 240;
    uint256 private constant DAYS = 60;
    /// @dev Anvil's own: everybody knows these keys.
    string private constant MNEMONIC = "test test test test test test test test test test test junk";
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    /// @dev Enough for whatever a member pays here, at the highest price the walk below reaches.
    uint256 private constant FUNDS = 2_000e18;
    uint256 private constant TEST_FUNDS = 10_000e18;

    /// @dev The nonces of a member's orders, one for each occasion.
    uint256 private constant JOIN = 0;
    uint256 private constant UPGRADE = 1;
    uint256 private constant EARLY_RENEWAL = 2;
    uint256 private constant LATE_RENEWAL = 3;

    error NotTheLocalChain(uint256 chainId);
    error StepOutOfRange(uint256 step, uint256 steps);

    BTSc private _token;
    ReferencePrice private _price;
    Membership private _membership;
    Staking private _staking;
    OperationPool private _operationPool;
    StakingPool private _stakingPool;
    uint256 private _holder;
    /// @dev The days that this step stands for: (_from, _to].
    uint256 private _from;
    uint256 private _to;

    function run(uint256 step, uint256 steps) external {
        if (block.chainid != 31337) revert NotTheLocalChain(block.chainid);
        if (step == 0 || step > steps || steps > DAYS) revert StepOutOfRange(step, steps);
        _from = DAYS * (step - 1) / steps;
        _to = DAYS * step / steps;
        _holder = vm.deriveKey(MNEMONIC, 0);
        _readDeployment();

        _postPrice();
        for (uint256 i; i < MEMBERS && _joinDay(i) <= _to; ++i) {
            if (_isDue(i, 0)) _join(i);
            if (_isDue(i, 5) || _isDue(i, 15)) _stake(i);
            if (_isDue(i, 10)) _upgradeOrGift(i);
            if (_isDue(i, 20)) _requestUnstake(i);
            if (_isDue(i, 30)) _withdraw(i);
            if (_isDue(i, 25)) _renewEarly(i);
            if (_isDue(i, 35)) _renewLate(i);
        }
        if (step != steps) return;
        _usePools();
        _readyTestAccounts();
    }

    function _readDeployment() private {
        string memory json = vm.readFile("scripts/deployments/31337.json");
        _token = BTSc(vm.parseJsonAddress(json, ".contracts.BTSc.address"));
        _price = ReferencePrice(vm.parseJsonAddress(json, ".contracts.ReferencePrice.address"));
        _membership = Membership(vm.parseJsonAddress(json, ".contracts.Membership.address"));
        _staking = Staking(vm.parseJsonAddress(json, ".contracts.Staking.address"));
        _operationPool = OperationPool(vm.parseJsonAddress(json, ".contracts.OperationPool.address"));
        _stakingPool = StakingPool(vm.parseJsonAddress(json, ".contracts.StakingPool.address"));
    }

    /// @dev A walk around 2 BTSc in steps of at most 6 %.
    function _postPrice() private {
        (, uint40 postedAt) = _price.latestPrice();
        if (block.timestamp < postedAt + 1 hours) return;
        uint256 price = 1.94e18 + _draw(_to, "price") % 0.12e18;
        vm.broadcast(vm.deriveKey(MNEMONIC, 2));
        _price.post(price);
    }

    function _join(uint256 i) private {
        address member = vm.addr(_key(i));
        if (_membership.membershipOf(member).end != 0) return;
        if (_token.balanceOf(member) < FUNDS) {
            vm.broadcast(_holder);
            _token.transfer(member, FUNDS);
        }
        (IMembership.Tier tier, uint16 periods) = _plan(i);
        uint256 way = _draw(i, "way") % 10;
        if (way == 0) _pay(_key(i), member, tier, periods);
        else if (way == 1) _payWithPermit(i, tier, periods);
        else if (way == 2) _pay(_holder, member, tier, periods);
        else _order(i, tier, periods, JOIN);
    }

    /// @dev A third of the Pros stake, those who upgraded too.
    function _stake(uint256 i) private {
        address member = vm.addr(_key(i));
        IStaking.Stake memory own = _staking.stakeOf(member);
        if (_draw(i, "stakes") % 3 != 0 || own.amount != 0 || own.requests != 0) return;
        if (_membership.tierOf(member) != IMembership.Tier.Pro) return;
        uint256[5] memory amounts = [uint256(500e18), 1_500e18, 12_000e18, 25_000e18, 150_000e18];
        uint256 amount = amounts[_draw(i, "stake") % amounts.length];
        vm.broadcast(_holder);
        _token.transfer(member, amount);
        _giveGas(member);
        IMembership.Permit memory permit = _permit(_key(i), address(_staking), amount);
        vm.broadcast(_key(i));
        _staking.stakeWithPermit(amount, permit);
    }

    /// @dev A third of the Normal members want Pro, and some of the others get a present that has to wait its turn.
    function _upgradeOrGift(uint256 i) private {
        address member = vm.addr(_key(i));
        IMembership.Account memory account = _membership.membershipOf(member);
        if (account.nextTier != IMembership.Tier.Light) return;
        if (account.tier == IMembership.Tier.Normal && _draw(i, "upgrade") % 3 == 0) {
            _order(i, IMembership.Tier.Pro, 1, UPGRADE);
        } else if (
            account.end > block.timestamp && account.end < block.timestamp + 180 days && _draw(i, "gift") % 8 == 0
        ) {
            bool isPro = account.tier == IMembership.Tier.Pro;
            _pay(_holder, member, isPro ? IMembership.Tier.Normal : IMembership.Tier.Pro, 1);
        }
    }

    function _requestUnstake(uint256 i) private {
        address member = vm.addr(_key(i));
        IStaking.Stake memory own = _staking.stakeOf(member);
        if (own.amount == 0 || own.requests != 0 || _draw(i, "unstake") % 2 != 0) return;
        uint256 amount = _draw(i, "all") % 2 == 0 ? own.amount : own.amount / 3;
        vm.broadcast(_key(i));
        _staking.requestUnstake(amount);
    }

    function _withdraw(uint256 i) private {
        address member = vm.addr(_key(i));
        uint256 releaseAt = _staking.requestOf(member, 0).releaseAt;
        if (releaseAt == 0 || releaseAt > block.timestamp || _draw(i, "withdraw") % 4 == 0) return;
        vm.broadcast(_key(i));
        _staking.withdraw(0, member);
    }

    function _renewEarly(uint256 i) private {
        IMembership.Account memory account = _membership.membershipOf(vm.addr(_key(i)));
        bool isLastMonth = account.end > block.timestamp && account.end < block.timestamp + 10 days;
        if (isLastMonth && _draw(i, "early") % 4 == 0) _order(i, account.tier, 1, EARLY_RENEWAL);
    }

    /// @dev Half of those whose month is over renew it, some days late; the others stay Light.
    function _renewLate(uint256 i) private {
        IMembership.Account memory account = _membership.membershipOf(vm.addr(_key(i)));
        if (account.end <= block.timestamp && _draw(i, "late") % 2 == 0) {
            _order(i, account.tier, 1, LATE_RENEWAL);
        }
    }

    /// @dev The money the platform has earned by the end is put to use.
    function _usePools() private {
        IOperationPool.Purpose purpose = IOperationPool.Purpose.AI;
        uint256 amount = _token.balanceOf(address(_operationPool)) / 10;
        if (_operationPool.spentIn(purpose, _operationPool.currentEpoch()) == 0) {
            vm.broadcast(vm.deriveKey(MNEMONIC, 3));
            _operationPool.spend(purpose, vm.addr(vm.deriveKey(MNEMONIC, 8)), amount);
        }
        if (_stakingPool.lastReleasedEpoch() < _stakingPool.currentEpoch()) {
            vm.broadcast(_holder);
            _stakingPool.release();
        }
    }

    function _pay(uint256 payer, address beneficiary, IMembership.Tier tier, uint16 periods) private {
        if (payer != _holder) _giveGas(vm.addr(payer));
        if (_token.allowance(vm.addr(payer), address(_membership)) < FUNDS) {
            vm.broadcast(payer);
            _token.approve(address(_membership), payer == _holder ? type(uint256).max : FUNDS);
        }
        vm.broadcast(payer);
        _membership.pay(beneficiary, tier, periods, FUNDS, block.timestamp + 1 days);
    }

    function _payWithPermit(uint256 i, IMembership.Tier tier, uint16 periods) private {
        address member = vm.addr(_key(i));
        _giveGas(member);
        IMembership.Permit memory permit = _permit(_key(i), address(_membership), FUNDS);
        vm.broadcast(_key(i));
        _membership.payWithPermit(member, tier, periods, FUNDS, block.timestamp + 1 days, permit);
    }

    /// @dev The member signs, and the holder submits it and pays the gas.
    function _order(uint256 i, IMembership.Tier tier, uint16 periods, uint256 nonce) private {
        address member = vm.addr(_key(i));
        uint256 deadline = block.timestamp + 1 days;
        IMembership.Order memory order =
            IMembership.Order(member, member, tier, periods, 1_000e18, FUNDS, nonce, deadline);
        if (_membership.isNonceUsed(member, nonce)) return;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(i), _membership.hashOrder(order));
        IMembership.Permit memory permit = _permit(_key(i), address(_membership), FUNDS);
        vm.broadcast(_holder);
        _membership.payBySignatureWithPermit(order, abi.encodePacked(r, s, v), permit);
    }

    function _permit(uint256 key, address spender, uint256 value) private view returns (IMembership.Permit memory) {
        address owner = vm.addr(key);
        uint256 deadline = block.timestamp + 1 days;
        bytes32 content = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _token.nonces(owner), deadline));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", _token.DOMAIN_SEPARATOR(), content)));
        return IMembership.Permit(value, deadline, v, r, s);
    }

    /// @dev Two of anvil's accounts for whoever tries things out: number 8 is Pro, number 9 never paid.
    function _readyTestAccounts() private {
        uint256 pro = vm.deriveKey(MNEMONIC, 8);
        address[2] memory accounts = [vm.addr(pro), vm.addr(vm.deriveKey(MNEMONIC, 9))];
        for (uint256 i; i < accounts.length; ++i) {
            if (_token.balanceOf(accounts[i]) >= TEST_FUNDS) continue;
            vm.broadcast(_holder);
            _token.transfer(accounts[i], TEST_FUNDS);
        }
        if (_membership.membershipOf(accounts[0]).end == 0) _pay(pro, accounts[0], IMembership.Tier.Pro, 1);
    }

    function _giveGas(address member) private {
        if (member.balance >= 0.1 ether) return;
        vm.broadcast(_holder);
        payable(member).transfer(1 ether);
    }

    /// @dev Most pay for a month; the few long plans are what is still Pro or Normal at the end without renewing.
    function _plan(uint256 i) private pure returns (IMembership.Tier tier, uint16 periods) {
        tier = _draw(i, "tier") % 5 < 3 ? IMembership.Tier.Normal : IMembership.Tier.Pro;
        uint16[8] memory choices = [uint16(1), 1, 1, 1, 2, 2, 3, 12];
        periods = choices[_draw(i, "periods") % choices.length];
    }

    /// @dev Members join evenly over days 1 to DAYS.
    function _joinDay(uint256 i) private pure returns (uint256) {
        return 1 + i * DAYS / MEMBERS;
    }

    /// @dev Whether the day `age` days after member `i` joined is one that this step stands for.
    function _isDue(uint256 i, uint256 age) private view returns (bool) {
        uint256 day = _joinDay(i) + age;
        return day > _from && day <= _to;
    }

    function _key(uint256 i) private pure returns (uint256) {
        return _draw(i, "key");
    }

    function _draw(uint256 i, string memory purpose) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("BTSChain seed", purpose, i)));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {FeedPoster} from "../../contracts/FeedPoster.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {Roles} from "../../scripts/lib/Roles.sol";
import {BaseTest} from "../BaseTest.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {MockAggregator} from "../mocks/MockAggregator.sol";

/// @dev What a whole transaction costs (`isolate = true`): base fee of 21,000 and calldata included, refunds deducted, as a
/// receipt would say. Everything is measured for the second one who does it: Bob was there before, so the totals and the
/// pools' balances are not written for the first time. `make generate` writes snapshots/<group>.json and docs/gas.md from it.
contract GasTest is BaseTest {
    string private constant MEMBERSHIP = "Membership";
    string private constant STAKING = "Staking";
    string private constant POOLS = "Pools";

    uint256 private constant NONCE = uint256(keccak256("a nonce"));

    function setUp() public override {
        super.setUp();
        pay(bob.addr, bob.addr, PRO, MAXIMUM_PERIODS);
        vm.prank(bob.addr);
        staking.stake(LEVEL_1_AMOUNT);
        _fund();
        travel(1 days);
        _requestUnstake(bob, UNIT);
        travel(1 days);
    }

    // ------------------------------------------------------------------ Membership

    function test_Gas_FirstPayment() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "first Normal payment");
    }

    function test_Gas_FirstPaymentWithExactAllowance() public {
        approve(alice.addr, address(membership), amountFor(NORMAL_FEE));
        pay(alice.addr, alice.addr, NORMAL, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "first Normal payment, exact allowance");
    }

    function test_Gas_FirstPaymentWithPermit() public {
        uint256 amount = amountFor(NORMAL_FEE);
        approve(alice.addr, address(membership), 0);
        IMembership.Permit memory permit = signPermit(alice, address(membership), amount, block.timestamp);
        vm.prank(alice.addr);
        membership.payWithPermit(alice.addr, NORMAL, 1, amount, block.timestamp, permit);
        vm.snapshotGasLastCall(MEMBERSHIP, "first Normal payment with permit");
    }

    function test_Gas_FirstPaymentBySignature() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        vm.prank(relayer);
        membership.payBySignature(order, signature);
        vm.snapshotGasLastCall(MEMBERSHIP, "first Normal payment by signature");
    }

    function test_Gas_FirstPaymentBySignatureWithPermit() public {
        IMembership.Order memory order = _order();
        approve(alice.addr, address(membership), 0);
        bytes memory signature = signOrder(alice, order);
        IMembership.Permit memory permit = signPermit(alice, address(membership), order.maxAmount, block.timestamp);
        vm.prank(relayer);
        membership.payBySignatureWithPermit(order, signature, permit);
        vm.snapshotGasLastCall(MEMBERSHIP, "first Normal payment by signature with permit");
    }

    function test_Gas_Extend() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        pay(alice.addr, alice.addr, NORMAL, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "extend Normal");
    }

    function test_Gas_ComeBack() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(PERIOD + 1 days);
        pay(alice.addr, alice.addr, NORMAL, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "pay again in the renewal window");
    }

    function test_Gas_Upgrade() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(10 days);
        pay(alice.addr, alice.addr, PRO, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "upgrade from Normal to Pro");
    }

    function test_Gas_GiftQueued() public {
        pay(alice.addr, alice.addr, PRO, 1);
        travel(10 days);
        pay(carol.addr, alice.addr, NORMAL, 1);
        vm.snapshotGasLastCall(MEMBERSHIP, "gift of another plan, queued");
    }

    function test_Gas_Subscribe() public {
        _subscribe();
        vm.snapshotGasLastCall(MEMBERSHIP, "open a mandate with permit and pay the first period");
    }

    function test_Gas_SubscribeBySignature() public {
        IMembership.Mandate memory mandate = _mandate();
        IMembership.Permit memory permit = _permitFor(mandate);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, membership.hashMandate(mandate));
        vm.prank(relayer);
        membership.openMandateWithPermit(mandate, abi.encodePacked(r, s, v), permit);
        vm.snapshotGasLastCall(MEMBERSHIP, "open a mandate by signature with permit and pay the first period");
    }

    function test_Gas_Renew() public {
        IMembership.Mandate memory mandate = _subscribe();
        travel(PERIOD - 1 days);
        vm.prank(relayer);
        membership.renew(mandate);
        vm.snapshotGasLastCall(MEMBERSHIP, "renewal by a keeper");
        travel(PERIOD + 1 days);
        vm.prank(relayer);
        membership.renew(mandate);
        vm.snapshotGasLastCall(MEMBERSHIP, "renewal by a keeper, in the renewal window");
    }

    function test_Gas_Cancel() public {
        vm.prank(alice.addr);
        membership.cancel(NONCE);
        vm.snapshotGasLastCall(MEMBERSHIP, "cancel an order");
    }

    function test_Gas_CancelMandate() public {
        _subscribe();
        vm.prank(alice.addr);
        membership.cancel(NONCE);
        vm.snapshotGasLastCall(MEMBERSHIP, "cancel a mandate");
    }

    function test_Gas_CancelMandateBySignature() public {
        _subscribe();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, membership.hashCancellation(alice.addr, NONCE));
        vm.prank(relayer);
        membership.cancelBySignature(alice.addr, NONCE, abi.encodePacked(r, s, v));
        vm.snapshotGasLastCall(MEMBERSHIP, "cancel a mandate by signature");
    }

    // ------------------------------------------------------------------ Staking

    function test_Gas_StakeFirst() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        vm.snapshotGasLastCall(STAKING, "stake first");
    }

    function test_Gas_StakeAgain() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        travel(10 days);
        _stake(alice);
        vm.snapshotGasLastCall(STAKING, "stake again");
    }

    function test_Gas_StakeWithPermit() public {
        pay(alice.addr, alice.addr, PRO, 1);
        approve(alice.addr, address(staking), 0);
        IMembership.Permit memory permit = signPermit(alice, address(staking), LEVEL_1_AMOUNT, block.timestamp);
        vm.prank(alice.addr);
        staking.stakeWithPermit(LEVEL_1_AMOUNT, permit);
        vm.snapshotGasLastCall(STAKING, "stake first with permit");
    }

    function test_Gas_RequestUnstake() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        travel(10 days);
        _requestUnstake(alice, LEVEL_1_AMOUNT / 2);
        vm.snapshotGasLastCall(STAKING, "request to unstake a part");
    }

    function test_Gas_Withdraw() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        uint32 id = _requestUnstake(alice, LEVEL_1_AMOUNT / 2);
        travel(COOLDOWN);
        vm.prank(alice.addr);
        staking.withdraw(id, alice.addr);
        vm.snapshotGasLastCall(STAKING, "withdraw");
    }

    function test_Gas_Claim() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        travel(10 days);
        vm.prank(alice.addr);
        staking.claim(alice.addr);
        vm.snapshotGasLastCall(STAKING, "claim rewards");
    }

    function test_Gas_Compound() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        travel(10 days);
        vm.prank(alice.addr);
        staking.compound();
        vm.snapshotGasLastCall(STAKING, "compound rewards");
    }

    function test_Gas_Poke() public {
        pay(alice.addr, alice.addr, PRO, 1);
        _stake(alice);
        travel(PERIOD);
        vm.prank(relayer);
        staking.poke(alice.addr);
        vm.snapshotGasLastCall(STAKING, "poke a lapsed staker");
    }

    function test_Gas_Fund() public {
        travel(5 days);
        _fund();
        vm.snapshotGasLastCall(STAKING, "fund rewards while others are paid out");
    }

    // ------------------------------------------------------------------ pools and price

    function test_Gas_PublishAndClaim() public {
        send(treasury, address(rewardPool), EPOCH_CAP);
        _publish(100e18);
        vm.snapshotGasLastCall(POOLS, "publish the first contribution rewards");
        travel(CHALLENGE);
        _claim(bob, 1, 100e18);
        travel(EPOCH);
        _publish(200e18);
        vm.snapshotGasLastCall(POOLS, "publish contribution rewards");
        travel(CHALLENGE);
        _claim(alice, 0, 200e18);
        vm.snapshotGasLastCall(POOLS, "claim a contribution reward of 1,024, first");
        travel(EPOCH);
        _publish(300e18);
        travel(CHALLENGE);
        _claim(alice, 0, 300e18);
        vm.snapshotGasLastCall(POOLS, "claim a contribution reward of 1,024, again");
        travel(EPOCH);
        _publish(400e18);
        travel(CHALLENGE);
        bytes32[] memory proof = MerkleTree.proof(_leaves(400e18), 0);
        vm.prank(relayer);
        rewardPool.claimFor(alice.addr, 400e18, proof);
        vm.snapshotGasLastCall(POOLS, "claim a contribution reward of 1,024 for somebody");
    }

    function test_Gas_Veto() public {
        send(treasury, address(rewardPool), EPOCH_CAP);
        _publish(100e18);
        vm.prank(vetoer);
        rewardPool.veto();
        vm.snapshotGasLastCall(POOLS, "veto contribution rewards");
    }

    function test_Gas_Spend() public {
        send(treasury, recipient, UNIT);
        vm.prank(spender);
        operationPool.spend(IOperationPool.Purpose.AI, recipient, UNIT);
        vm.snapshotGasLastCall(POOLS, "spend from a budget, first of an epoch");
        vm.prank(spender);
        operationPool.spend(IOperationPool.Purpose.AI, recipient, UNIT);
        vm.snapshotGasLastCall(POOLS, "spend from a budget");
    }

    function test_Gas_Release() public {
        stakingPool.release();
        travel(EPOCH);
        stakingPool.release();
        vm.snapshotGasLastCall(POOLS, "release to three recipients");
    }

    function test_Gas_Post() public {
        for (uint256 i; i < 30; ++i) {
            travel(1 hours);
        }
        skip(1 hours);
        vm.prank(poster);
        referencePrice.post(PRICE + 1);
        vm.snapshotGasLastCall(POOLS, "post a price every hour");
        skip(1 days);
        vm.prank(poster);
        referencePrice.post(PRICE);
        vm.snapshotGasLastCall(POOLS, "post a price once a day");
        skip(uint256(MAXIMUM_AGE) + 1 days);
        vm.prank(poster);
        referencePrice.post(PRICE);
        vm.snapshotGasLastCall(POOLS, "post a price that was stale");
    }

    function test_Gas_PostOfAFeed() public {
        MockAggregator feed = new MockAggregator(8);
        FeedPoster feedPoster = new FeedPoster(feed, referencePrice, 1 days);
        vm.prank(address(timelock));
        manager.grantRole(Roles.POSTER, address(feedPoster), 0);
        for (uint256 i; i < 30; ++i) {
            travel(1 days);
        }
        skip(1 days);
        feed.answer(0.41e8);
        feedPoster.post();
        vm.snapshotGasLastCall(POOLS, "post the price of a feed once a day");
    }

    // ------------------------------------------------------------------ helpers

    function _order() private view returns (IMembership.Order memory) {
        return
            IMembership.Order(
                alice.addr, alice.addr, NORMAL, 1, NORMAL_FEE, amountFor(NORMAL_FEE), NONCE, block.timestamp
            );
    }

    function _mandate() private view returns (IMembership.Mandate memory) {
        return IMembership.Mandate(
            alice.addr,
            alice.addr,
            NORMAL,
            12,
            NORMAL_FEE,
            2 * amountFor(NORMAL_FEE),
            NONCE,
            block.timestamp,
            block.timestamp + 400 days
        );
    }

    function _permitFor(IMembership.Mandate memory mandate) private returns (IMembership.Permit memory) {
        approve(alice.addr, address(membership), 0);
        uint256 allowance = mandate.periods * mandate.maxAmount;
        return signPermit(alice, address(membership), allowance, block.timestamp);
    }

    /// @dev Alice opens a mandate herself, so that its signature is not needed.
    function _subscribe() private returns (IMembership.Mandate memory mandate) {
        mandate = _mandate();
        IMembership.Permit memory permit = _permitFor(mandate);
        vm.prank(alice.addr);
        membership.openMandateWithPermit(mandate, "", permit);
    }

    function _stake(Account memory account) private {
        vm.prank(account.addr);
        staking.stake(LEVEL_1_AMOUNT);
    }

    function _requestUnstake(Account memory account, uint256 amount) private returns (uint32) {
        vm.prank(account.addr);
        return staking.requestUnstake(amount);
    }

    function _fund() private {
        send(treasury, address(staking), EPOCH_CAP);
        vm.prank(relayer);
        staking.fund();
    }

    function _publish(uint256 each) private {
        bytes32 root = MerkleTree.root(_leaves(each));
        vm.prank(publisher);
        rewardPool.publish(root, 2 * each, keccak256("leaves"), "ipfs://leaves");
    }

    function _claim(Account memory account, uint256 index, uint256 cumulative) private {
        bytes32[] memory proof = MerkleTree.proof(_leaves(cumulative), index);
        vm.prank(account.addr);
        rewardPool.claim(account.addr, cumulative, proof);
    }

    /// @dev Alice and Bob, and as many others as make the proof ten hashes long.
    function _leaves(uint256 each) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](1024);
        leaves[0] = rewardPool.leafOf(alice.addr, each);
        leaves[1] = rewardPool.leafOf(bob.addr, each);
        for (uint256 i = 2; i < leaves.length; ++i) {
            leaves[i] = keccak256(abi.encode(i));
        }
    }
}

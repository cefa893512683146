// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {MembershipBaseTest} from "./helpers/MembershipBaseTest.sol";
import {ReentrantToken} from "./mocks/ReentrantToken.sol";
import {DelegateWithout1271, Wallet1271} from "./mocks/Wallet1271.sol";

/// @dev Alice signs, the relayer submits and holds no token.
contract MembershipSignatureTest is MembershipBaseTest {
    string private constant TYPES = '{"types":{"EIP712Domain":[{"name":"name","type":"string"},'
        '{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},'
        '{"name":"verifyingContract","type":"address"}],'
        '"Order":[{"name":"payer","type":"address"},{"name":"beneficiary","type":"address"},'
        '{"name":"tier","type":"uint8"},{"name":"periods","type":"uint16"},'
        '{"name":"maxCost","type":"uint256"},{"name":"maxAmount","type":"uint256"},'
        '{"name":"nonce","type":"uint256"},{"name":"deadline","type":"uint256"}]},"primaryType":"Order",';

    // ------------------------------------------------------------------ hashOrder

    /// @dev Compared with the EIP-712 implementation of the tool that runs these tests.
    function testFuzz_HashOrder_IsWhatAnotherImplementationComputes(
        address payer,
        address beneficiary,
        bool pro,
        uint16 periods,
        uint256[4] memory numbers
    ) public view {
        IMembership.Order memory order = IMembership.Order(
            payer, beneficiary, pro ? PRO : NORMAL, periods, numbers[0], numbers[1], numbers[2], numbers[3]
        );
        assertEq(membership.hashOrder(order), vm.eip712HashTypedData(_json(order)), "digest");
    }

    function test_HashOrder_WhenAnythingDiffers() public {
        bytes32 digest = membership.hashOrder(_order());
        for (uint256 field; field < 8; ++field) {
            assertNotEq(membership.hashOrder(_changed(_order(), field)), digest, "digest with another field");
        }
        vm.chainId(block.chainid + 1);
        assertNotEq(membership.hashOrder(_order()), digest, "digest on another chain");
        vm.chainId(block.chainid - 1);
        assertEq(membership.hashOrder(_order()), digest, "digest back on this chain");
        deployFor(address(btsc));
        assertNotEq(membership.hashOrder(_order()), digest, "digest for another contract");
    }

    // ------------------------------------------------------------------ payBySignature: what it does

    function test_PayBySignature_WhenThePayerSigned() public {
        _takeAndAssert(_order(), signOrder(alice, _order()));
    }

    function test_PayBySignature_WhenItIsAGift() public {
        IMembership.Order memory order = _order();
        order.beneficiary = bob.addr;
        _takeAndAssert(order, signOrder(alice, order));
        assertTier(alice.addr, LIGHT, "payer's tier");
    }

    function test_PayBySignature_WhenANormalMemberSignedForPro() public {
        pay(alice.addr, alice.addr, NORMAL, 1);
        travel(15 days);
        IMembership.Order memory order = _order();
        order.deadline = block.timestamp;
        order.maxCost = PRO_FEE - NORMAL_FEE / 2;
        order.maxAmount = amountFor(order.maxCost);
        Payment memory payment = Payment(alice.addr, alice.addr, PRO, 1, PRO_FEE - NORMAL_FEE / 2, NORMAL_FEE / 2);
        IMembership.Account memory expected =
            running(PRO, block.timestamp, block.timestamp, block.timestamp + PERIOD, PRO_FEE);
        bytes memory signature = signOrder(alice, order);
        expectPayment(payment, expected);
        assertPayment(payment, expected, _take(order, signature));
    }

    function test_PayBySignature_WhenSubmittedInAnotherOrder() public {
        uint256[5] memory nonces = [uint256(7), 0, type(uint256).max, 255, 256];
        for (uint256 i; i < nonces.length; ++i) {
            IMembership.Order memory order = _order();
            (order.tier, order.nonce) = (NORMAL, nonces[i]);
            _take(order, signOrder(alice, order));
            assertTrue(membership.isNonceUsed(alice.addr, nonces[i]), "nonce used");
        }
        assertFalse(membership.isNonceUsed(alice.addr, 1), "neighbouring nonce");
        assertFalse(membership.isNonceUsed(alice.addr, 254), "neighbouring nonce");
        assertFalse(membership.isNonceUsed(alice.addr, 257), "neighbouring nonce");
        assertFalse(membership.isNonceUsed(bob.addr, 7), "somebody else's nonce");
        assertEq(timeLeft(alice.addr, NORMAL), 5 * uint256(PERIOD), "Normal time");
    }

    // ------------------------------------------------------------------ payBySignature: refusals

    function test_PayBySignature_RevertWhen_AnyFieldIsNotWhatWasSigned() public {
        bytes memory signature = signOrder(alice, _order());
        for (uint256 field; field < 8; ++field) {
            IMembership.Order memory order = _changed(_order(), field);
            _expectInvalid(order, signature);
        }
    }

    function test_PayBySignature_RevertWhen_SomebodyElseSigned() public {
        _expectInvalid(_order(), signOrder(bob, _order()));
    }

    function test_PayBySignature_RevertWhen_PayerIsZero() public {
        IMembership.Order memory order = _order();
        (order.payer, order.beneficiary) = (address(0), bob.addr);
        _expectInvalid(order, signOrder(alice, order));
        _expectInvalid(order, new bytes(65));
        _expectInvalid(order, "");
    }

    function test_PayBySignature_RevertWhen_SignatureIsMalformed() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(alice.key, membership.hashOrder(_order()));
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        _expectInvalid(_order(), "");
        _expectInvalid(_order(), abi.encodePacked(r, s));
        _expectInvalid(_order(), abi.encodePacked(r, vs));
        _expectInvalid(_order(), abi.encodePacked(r, s, v, uint8(0)));
        _expectInvalid(_order(), abi.encodePacked(r, s, v - 27));
        _expectInvalid(_order(), abi.encodePacked(r, N - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(_order(), abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)));
        _expectInvalid(_order(), new bytes(65));
        _takeAndAssert(_order(), abi.encodePacked(r, s, v));
    }

    function testFuzz_PayBySignature_RevertWhen_SignatureIsNoise(bytes calldata signature) public {
        _expectInvalid(_order(), signature);
    }

    function test_PayBySignature_RevertWhen_SignedForAnotherChain() public {
        bytes memory signature = signOrder(alice, _order());
        vm.chainId(block.chainid + 1);
        _expectInvalid(_order(), signature);
    }

    function test_PayBySignature_RevertWhen_SignedForAnotherContract() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        // The same token, price and terms, at another address.
        deployFor(address(btsc));
        _expectInvalid(order, signature);
    }

    function test_PayBySignature_WhenDeadlineIsThisSecond() public {
        IMembership.Order memory order = _order();
        order.deadline = block.timestamp + 100;
        bytes memory signature = signOrder(alice, order);
        vm.warp(order.deadline);
        _takeAndAssert(order, signature);
    }

    function test_PayBySignature_RevertWhen_DeadlineWasASecondAgo() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        vm.warp(order.deadline + 1);
        _expectRefused(order, signature, abi.encodeWithSelector(IMembership.DeadlinePassed.selector, order.deadline));
    }

    function test_PayBySignature_RevertWhen_CostIsAboveTheMaximum() public {
        IMembership.Order memory order = _order();
        order.maxCost = PRO_FEE - 1;
        _expectRefused(
            order,
            signOrder(alice, order),
            abi.encodeWithSelector(IMembership.CostAboveMaximum.selector, PRO_FEE, PRO_FEE - 1)
        );
    }

    function test_PayBySignature_RevertWhen_AmountIsAboveTheMaximum() public {
        IMembership.Order memory order = _order();
        order.maxAmount = amountFor(PRO_FEE) - 1;
        _expectRefused(
            order,
            signOrder(alice, order),
            abi.encodeWithSelector(IMembership.AmountAboveMaximum.selector, order.maxAmount + 1, order.maxAmount)
        );
    }

    function test_PayBySignature_RevertGiven_TheOrderWasTaken() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        _take(order, signature);
        bytes memory used = abi.encodeWithSelector(IMembership.NonceAlreadyUsed.selector, alice.addr, NONCE);
        _expectRefused(order, signature, used);

        // Nor does another order with the same nonce pass.
        order.tier = NORMAL;
        _expectRefused(order, signOrder(alice, order), used);
    }

    function test_PayBySignature_RevertGiven_TheNonceWasCancelled() public {
        bytes memory signature = signOrder(alice, _order());
        vm.prank(alice.addr);
        membership.cancel(NONCE);
        _expectRefused(
            _order(), signature, abi.encodeWithSelector(IMembership.NonceAlreadyUsed.selector, alice.addr, NONCE)
        );
    }

    function test_PayBySignature_GivenAPaymentByItReverted() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        approve(alice.addr, address(membership), 0);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        _take(order, signature);
        assertFalse(membership.isNonceUsed(alice.addr, NONCE), "nonce used");
        approve(alice.addr, address(membership), type(uint256).max);
        _takeAndAssert(order, signature);
    }

    function test_PayBySignature_RevertGiven_Paused() public {
        bytes memory signature = signOrder(alice, _order());
        vm.prank(guardian);
        membership.pause();
        _expectRefused(_order(), signature, abi.encodePacked(Pausable.EnforcedPause.selector));
    }

    function test_PayBySignature_WhenTokenCallsBackWithTheSameOrder() public {
        ReentrantToken reentrant = new ReentrantToken(treasury, SUPPLY);
        deployFor(address(reentrant));
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        reentrant.arm(address(membership), abi.encodeCall(IMembership.payBySignature, (order, signature)));
        _takeAndAssert(order, signature);
        assertTrue(reentrant.called(), "called back");
        assertFalse(reentrant.succeeded(), "inner payment");
        assertEq(
            reentrant.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "refusal"
        );
    }

    // ------------------------------------------------------------------ payBySignature: contract accounts

    function test_PayBySignature_WhenAContractAcceptsItsOwnersSignature() public {
        (Wallet1271 wallet, IMembership.Order memory order) = _walletOrder();
        _takeAndAssert(order, signOrder(alice, order));
        assertTier(address(wallet), PRO, "wallet's tier");
        assertTier(alice.addr, LIGHT, "owner's tier");
        assertFalse(membership.isNonceUsed(alice.addr, NONCE), "owner's nonce");
    }

    function test_PayBySignature_WhenAContractAcceptsAnEmptySignature() public {
        (Wallet1271 wallet, IMembership.Order memory order) = _walletOrder();
        wallet.setMode(Wallet1271.Mode.AcceptsEmpty);
        _takeAndAssert(order, "");
    }

    function test_PayBySignature_RevertWhen_AContractRefuses() public {
        (Wallet1271 wallet, IMembership.Order memory order) = _walletOrder();
        _expectInvalid(order, signOrder(bob, order));
        bytes memory signature = signOrder(alice, order);
        Wallet1271.Mode[4] memory modes =
            [Wallet1271.Mode.Refuses, Wallet1271.Mode.Reverts, Wallet1271.Mode.AnswersShort, Wallet1271.Mode.BurnsGas];
        for (uint256 i; i < modes.length; ++i) {
            wallet.setMode(modes[i]);
            _expectInvalid(order, signature);
        }
        wallet.setMode(Wallet1271.Mode.Honest);
        _takeAndAssert(order, signature);
    }

    function test_PayBySignature_RevertWhen_AContractKnowsNo1271() public {
        IMembership.Order memory order = _order();
        order.payer = address(new DelegateWithout1271());
        _expectInvalid(order, signOrder(alice, order));
    }

    function test_PayBySignature_WhenThePayerIsAnEip7702Account() public {
        delegate(alice, address(new DelegateWithout1271()));
        _takeAndAssert(_order(), signOrder(alice, _order()));
    }

    function test_PayBySignature_WhenAnEip7702AccountsCodeAccepts() public {
        // The code that alice's account delegates to accepts what bob signs.
        delegate(alice, address(new Wallet1271(bob.addr)));
        _takeAndAssert(_order(), signOrder(bob, _order()));
    }

    function test_PayBySignature_RevertWhen_AnEip7702AccountDidNotSign() public {
        delegate(alice, address(new DelegateWithout1271()));
        _expectInvalid(_order(), signOrder(bob, _order()));
    }

    // ------------------------------------------------------------------ payBySignatureWithPermit

    function test_PayBySignatureWithPermit_WhenBothSignaturesAreGood() public {
        approve(alice.addr, address(membership), 0);
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        IMembership.Permit memory permit = signPermit(alice, address(membership), order.maxAmount, block.timestamp);
        _expectTaking(order);
        _assertTaken(order, _takeWithPermit(order, signature, permit));
        assertEq(token.allowance(alice.addr, address(membership)), 0, "allowance");
    }

    function test_PayBySignatureWithPermit_WhenSomebodySubmittedThePermitEarlier() public {
        approve(alice.addr, address(membership), 0);
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        IMembership.Permit memory permit = signPermit(alice, address(membership), order.maxAmount, block.timestamp);
        vm.prank(stranger);
        btsc.permit(alice.addr, address(membership), permit.value, permit.deadline, permit.v, permit.r, permit.s);
        _expectTaking(order);
        _assertTaken(order, _takeWithPermit(order, signature, permit));
    }

    function test_PayBySignatureWithPermit_RevertWhen_PermitIsForAnothersTokens() public {
        approve(alice.addr, address(membership), 0);
        approve(bob.addr, address(membership), 0);
        bytes memory signature = signOrder(alice, _order());
        IMembership.Permit memory permit = signPermit(bob, address(membership), FUNDS, block.timestamp);
        watchBalances();
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        _takeWithPermit(_order(), signature, permit);
        assertNothingElseMoved();
        assertFalse(membership.isNonceUsed(alice.addr, NONCE), "nonce used");
        assertEq(token.allowance(bob.addr, address(membership)), 0, "bob's allowance");
    }

    function test_PayBySignatureWithPermit_WhenPermitIsBadAndAllowanceSuffices() public {
        IMembership.Order memory order = _order();
        bytes memory signature = signOrder(alice, order);
        IMembership.Permit memory permit = signPermit(bob, address(membership), 1, block.timestamp - 1);
        _expectTaking(order);
        _assertTaken(order, _takeWithPermit(order, signature, permit));
    }

    function test_PayBySignatureWithPermit_RevertWhen_OrderIsNotSigned() public {
        bytes memory signature = signOrder(bob, _order());
        IMembership.Permit memory permit = signPermit(alice, address(membership), FUNDS, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IMembership.SignatureInvalid.selector, alice.addr));
        _takeWithPermit(_order(), signature, permit);
    }

    // ------------------------------------------------------------------ helpers

    /// @dev One period of Pro for alice by alice, with limits that are met exactly.
    function _order() private view returns (IMembership.Order memory) {
        return IMembership.Order(
            alice.addr, alice.addr, PRO, 1, PRO_FEE, PRO_FEE * PRICE / UNIT, NONCE, uint256(START) + 1 hours
        );
    }

    function _changed(IMembership.Order memory order, uint256 field) private view returns (IMembership.Order memory) {
        if (field == 0) order.payer = bob.addr;
        if (field == 1) order.beneficiary = bob.addr;
        if (field == 2) order.tier = NORMAL;
        if (field == 3) order.periods += 1;
        if (field == 4) order.maxCost += 1;
        if (field == 5) order.maxAmount += 1;
        if (field == 6) order.nonce += 1;
        if (field == 7) order.deadline += 1;
        return order;
    }

    /// @dev A contract of alice's that holds tokens and wants Pro for itself.
    function _walletOrder() private returns (Wallet1271 wallet, IMembership.Order memory order) {
        wallet = new Wallet1271(alice.addr);
        fund(address(wallet));
        order = _order();
        (order.payer, order.beneficiary) = (address(wallet), address(wallet));
    }

    function _take(IMembership.Order memory order, bytes memory signature) private returns (uint256) {
        vm.prank(relayer);
        return membership.payBySignature(order, signature);
    }

    function _takeWithPermit(IMembership.Order memory order, bytes memory signature, IMembership.Permit memory permit)
        private
        returns (uint256)
    {
        vm.prank(relayer);
        return membership.payBySignatureWithPermit(order, signature, permit);
    }

    function _takeAndAssert(IMembership.Order memory order, bytes memory signature) private {
        _expectTaking(order);
        _assertTaken(order, _take(order, signature));
    }

    /// @dev For a beneficiary without time: everything that taking the order does.
    function _expectTaking(IMembership.Order memory order) private {
        vm.expectEmit(address(membership));
        emit IMembership.NonceUsed(order.payer, order.nonce);
        expectPayment(plain(order.payer, order.beneficiary, order.tier, order.periods), _bought(order));
    }

    function _assertTaken(IMembership.Order memory order, uint256 returned) private {
        assertPayment(plain(order.payer, order.beneficiary, order.tier, order.periods), _bought(order), returned);
        assertTrue(membership.isNonceUsed(order.payer, order.nonce), "nonce used");
    }

    function _bought(IMembership.Order memory order) private view returns (IMembership.Account memory) {
        uint256 end = block.timestamp + uint256(order.periods) * PERIOD;
        return running(order.tier, block.timestamp, block.timestamp, end, feeOf(order.tier) * order.periods);
    }

    function _expectInvalid(IMembership.Order memory order, bytes memory signature) private {
        _expectRefused(order, signature, abi.encodeWithSelector(IMembership.SignatureInvalid.selector, order.payer));
        assertFalse(membership.isNonceUsed(order.payer, order.nonce), "nonce used");
    }

    function _expectRefused(IMembership.Order memory order, bytes memory signature, bytes memory reason) private {
        watchBalances();
        vm.expectRevert(reason);
        _take(order, signature);
        assertNothingElseMoved();
    }

    function _json(IMembership.Order memory order) private view returns (string memory) {
        string memory domain = string.concat(
            '"domain":{"name":"BTSChain Membership","version":"1","chainId":"',
            vm.toString(block.chainid),
            '","verifyingContract":"',
            vm.toString(address(membership)),
            '"}'
        );
        string memory wanted = string.concat(
            string.concat('"message":{"payer":"', vm.toString(order.payer)),
            string.concat('","beneficiary":"', vm.toString(order.beneficiary)),
            string.concat('","tier":"', vm.toString(uint8(order.tier))),
            string.concat('","periods":"', vm.toString(order.periods))
        );
        string memory limits = string.concat(
            string.concat('","maxCost":"', vm.toString(order.maxCost)),
            string.concat('","maxAmount":"', vm.toString(order.maxAmount)),
            string.concat('","nonce":"', vm.toString(order.nonce)),
            string.concat('","deadline":"', vm.toString(order.deadline), '"}')
        );
        return string.concat(TYPES, domain, ",", wanted, limits, "}");
    }
}
